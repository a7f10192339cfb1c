// YAML that people wrote: read strictly, with errors that name file and line.
import { readFile } from "node:fs/promises";
import { type Document, parseDocument } from "yaml";
import { ConfigError } from "./config-error.ts";

/** @throws ConfigError */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${file}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`}`]);
  }
}

/**
 * @param file for messages
 * @throws ConfigError
 */
export function parseYaml(text: string, file: string): Document {
  const document = parseDocument(text);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document;
  const [line = ""] = problem.message.split("\n");
  throw new ConfigError([`${file}: ${line.charAt(0).toLowerCase()}${line.slice(1).replace(/:$/, "")}`]);
}
