// YAML that people wrote: read strictly, with errors that name file and line, and never repeat what stands there: it may be
// a secret.
import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { type Document, parseDocument, type YAMLError } from "yaml";
import { ConfigError } from "./config-error.ts";

export interface TextFile {
  text: string;
  stats: Stats;
}

/** Many times what a configuration or a Plan has that a person wrote. */
const largestBytes = 16 * 1024 * 1024;

/** Also a pipe: `--config <(...)`. @throws ConfigError */
export async function readTextFile(file: string): Promise<TextFile> {
  try {
    const handle = await open(file, "r");
    try {
      const stats = await handle.stat();
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of handle.createReadStream({ autoClose: false })) {
        bytes += chunk.length;
        if (bytes > largestBytes) throw new ConfigError([`${file}: is too large, a configuration has 16 MiB at most`]);
        chunks.push(chunk);
      }
      return { text: Buffer.concat(chunks).toString(), stats };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${file}: ${code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`}`]);
  }
}

/**
 * @param file for messages
 * @throws ConfigError
 */
export function parseYaml(text: string, file: string): Document {
  const document = attempted(() => parseDocument(text, { logLevel: "error" }), file);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document;
  throw new ConfigError([`${file}: ${sentenceOf(problem)}`]);
}

/** The values, with what aliases stand for. @throws ConfigError */
export function valuesOf(node: { toJS(document: Document): unknown }, document: Document, file: string): unknown {
  return attempted(() => {
    const values = node.toJS(document);
    JSON.stringify(values); // throws if something is in itself
    return values;
  }, file);
}

/** What the parser throws instead of collecting it: aliases of nothing, of themselves, without end; too many brackets. */
function attempted<T>(work: () => T, file: string): T {
  try {
    return work();
  } catch (error) {
    const isDeep = error instanceof RangeError;
    const why = isDeep ? "it is nested too deep" : "an alias (*name) stands for nothing, for itself or for too much";
    throw new ConfigError([`${file}: cannot be read: ${why}`]);
  }
}

/** Those of the parser's sentences that repeat what stands in the file. */
const withoutQuote: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "an alias is wrong",
  BAD_DIRECTIVE: "a line begins with %, as a directive, and is none",
  BAD_DQ_ESCAPE: 'there is no such escape sequence in "double quotes"',
  BAD_PROP_ORDER: "anchors and tags must stand before what they belong to",
  TAG_RESOLVE_FAILED: "unresolved tag (!name)",
  UNEXPECTED_TOKEN: "something does not belong where it stands",
};

function sentenceOf({ code, message, linePos }: YAMLError): string {
  const [line = ""] = message.split("\n");
  const sentence = withoutQuote[code] ?? line.replace(/ at line \d+, column \d+:?$/, "");
  const place = linePos === undefined ? "" : ` at line ${linePos[0].line}, column ${linePos[0].col}`;
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}${place}`;
}
