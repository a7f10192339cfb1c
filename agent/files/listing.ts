// Everything below a data directory, in one pass that asks nothing about single files: it runs under the lock.
// Nothing is followed, nothing is lost: what cannot be named faithfully is refused.
import { type Dirent, readdirSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { isAbsolute, join, posix } from "node:path";
import { StillpointError } from "../../proto/errors.ts";

/** Paths are below the data directory, with "/" between parts, in no order. Sockets, pipes and devices are left out. */
export interface Listing {
  /** Regular files. */
  files: string[];
  /** All but the data directory itself: empty ones belong to a backup, too. */
  directories: string[];
  links: SymbolicLink[];
}

export interface SymbolicLink {
  path: string;
  target: string;
}

/** So few files and directories are listed sooner than anybody else is asked for them. */
export const fewEntries = 100;

export interface ListingOptions {
  /** By calls that all else waits for. For few entries, and under a lock: to ask another thread takes many times as long. */
  atOnce?: boolean;
  /** Directories for which this is true are left out, with all that is in them. */
  skip?: (directory: string) => boolean;
}

/** Ours, and that of a file system whose root is the data directory, which only root may read. */
export const notOfTheData: readonly string[] = ["backups", "lost+found"];

/**
 * The data directory without its `backups` and `lost+found`. What vanishes meanwhile is left out.
 * @throws StillpointError invalid, if a directory cannot be read or a name is not UTF-8
 */
export async function listFiles(dataDir: string, options: ListingOptions = {}): Promise<Listing> {
  const { skip = () => false, atOnce = false } = options;
  const listing: Listing = { files: [], directories: [], links: [] };
  const visit = async (directory: string): Promise<void> => {
    const entries = await entriesOf(dataDir, directory, atOnce);
    if (entries === undefined) return;
    if (directory !== "") listing.directories.push(directory);
    const { below, links } = sortInto(listing.files, directory, entries);
    for (const path of links) listing.links.push(...(await readLink(dataDir, path)));
    await Promise.all(below.filter((path) => !skip(path)).map(visit));
  };
  await visit("");
  return listing;
}

/** Adds the regular files to `files`; returns what needs another look. */
function sortInto(files: string[], directory: string, entries: readonly Dirent[]) {
  const below: string[] = [];
  const links: string[] = [];
  for (const entry of entries) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (notOfTheData.includes(path)) continue;
    if (entry.isFile()) files.push(path);
    else if (entry.isDirectory()) below.push(path);
    else if (entry.isSymbolicLink()) links.push(path);
  }
  return { below, links };
}

/** All names in a directory. @throws StillpointError invalid, if one is not UTF-8 */
export async function exactNames(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  if (names.some((name) => name.includes("\ufffd"))) await checkNames(directory);
  return names;
}

/** By its text alone: nothing is followed. */
export function pointsOutside({ path, target }: SymbolicLink): boolean {
  return isAbsolute(target) || posix.join(posix.dirname(path), target).split("/")[0] === "..";
}

/**
 * Why a backup must not have this link, for a person; undefined if it may. An absolute target is always outside: in a piece,
 * it would lead to the live data.
 */
export function linkProblem(dataDir: string, link: SymbolicLink): string | undefined {
  if (!pointsOutside(link)) return undefined;
  const { path, target } = link;
  return `data directory "${dataDir}" has a link "${path}" that points outside ("${target}"): make it relative and let it stay inside, or exclude it by a glob`;
}

/** Undefined if the directory is gone. */
async function entriesOf(dataDir: string, directory: string, atOnce: boolean): Promise<Dirent[] | undefined> {
  const path = join(dataDir, directory);
  const typed = { withFileTypes: true } as const;
  try {
    const entries = atOnce ? readdirSync(path, typed) : await readdir(path, typed);
    if (entries.some(({ name }) => name.includes("\ufffd"))) await checkNames(path);
    return entries;
  } catch (error) {
    if (error instanceof StillpointError) throw error;
    if (directory !== "" && isMissing(error)) return undefined;
    throw new StillpointError("invalid", `directory "${path}" cannot be read: ${String(error)}`, {
      hint: "the agent needs the rights of the server's user; is the data directory the right one?",
      cause: error,
    });
  }
}

/** Node puts U+FFFD for what is not UTF-8, but that may also be a name's own character. */
async function checkNames(path: string): Promise<void> {
  for (const name of await readdir(path, { encoding: "buffer" })) checkUtf8(name, `a name in directory "${path}"`);
}

/** None if the link is gone. */
async function readLink(dataDir: string, path: string): Promise<SymbolicLink[]> {
  try {
    const target = await readlink(join(dataDir, path), { encoding: "buffer" });
    checkUtf8(target, `the target of link "${path}"`);
    return [{ path, target: target.toString() }];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function checkUtf8(bytes: Buffer, what: string): void {
  if (Buffer.from(bytes.toString()).equals(bytes)) return;
  const escaped = bytes
    .toString("latin1")
    .replaceAll(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  throw new StillpointError("invalid", `${what} is not UTF-8: "${escaped}"`, {
    hint: "rename it: it cannot be named in a backup",
  });
}

/** Of the thing itself: where a file system does not tell types, Node also looks at each file in a directory. */
function isMissing(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return false;
  return error.code === "ENOENT" && (error.syscall === "scandir" || error.syscall === "readlink");
}
