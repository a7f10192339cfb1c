// What is in a directory, as a value to compare: files with their content, links with their target, directories.
import { appendFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { listFiles } from "../../agent/files/listing.ts";

/** By path: a file's content, "-> target" of a symbolic link, "/" of a directory. */
export type FileTree = Record<string, string>;

/** Makes the directories that are needed, too. */
export async function writeFiles(directory: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

export async function append(directory: string, path: string, content: string): Promise<void> {
  await appendFile(join(directory, path), content);
}

/** Without a top-level `backups`. */
export async function readTree(directory: string): Promise<FileTree> {
  const { files, directories, links } = await listFiles(directory);
  const tree: FileTree = {};
  for (const path of directories) tree[path] = "/";
  for (const { path, target } of links) tree[path] = `-> ${target}`;
  for (const path of files) tree[path] = await readFile(join(directory, path), "utf8");
  return tree;
}

export async function inodeOf(directory: string, path: string): Promise<number> {
  return (await stat(join(directory, path))).ino;
}

export async function modeOf(...path: string[]): Promise<number> {
  return (await stat(join(...path))).mode & 0o7777;
}

/** Names that a careless program trips over. */
export const oddNames = [
  "with space",
  " ",
  "tab\there",
  "line\nbreak",
  "carriage\rreturn",
  "back\\slash",
  'double"quote',
  "single'quote",
  "-rf",
  "*",
  "$HOME",
  "ünïcödé 😀",
  "line\u2028separator",
  "...",
];
