// Whether the data directory on disk is that of the server that answers, and whether what the server loaded from it is whole.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { unlessGone } from "../../disk-errors.ts";
import { notOfTheData } from "../../files/listing.ts";
import { type AofFiles, manifestsIn, readAofFiles } from "../../files/redis.ts";
import type { AofInfo } from "./server-info.ts";

const tries = 5;

/**
 * Why the AOF of this server is not (whole) in `dataDir`, for a person; undefined if it is. Its path alone tells nothing:
 * a server in a container may have its files under another one.
 */
export async function aofProblem(
  dataDir: string,
  readAof: () => Promise<AofInfo | undefined>,
): Promise<string | undefined> {
  let problem: string | undefined;
  for (let each = 1; each <= tries; each++) {
    problem = await aofProblemNow(dataDir, readAof);
    if (problem === undefined) return undefined; // else: a rewrite may have come to its end just now
  }
  return problem;
}

async function aofProblemNow(
  dataDir: string,
  readAof: () => Promise<AofInfo | undefined>,
): Promise<string | undefined> {
  const [manifest, ...more] = await findManifests(dataDir);
  if (manifest === undefined) return `"${dataDir}" has no AOF in it: is dataDir the server's "dir"?`;
  if (more.length > 0) return `"${dataDir}" has several AOFs (${[manifest, ...more].join(", ")}): remove the old ones`;
  const files = await readAofFiles(dataDir, manifest);
  if (files.base === undefined) return `"${manifest}" names no base yet: run BGREWRITEAOF and wait for its end`;
  const before = await lengthOf(dataDir, files);
  const fileBytes = (await readAof())?.fileBytes ?? 0;
  const after = await lengthOf(dataDir, files);
  const isWithin = (bytes: number) => before <= bytes && bytes <= after;
  const baseBytes = await lengthOf(dataDir, { base: files.base, increments: [] });
  if (isWithin(fileBytes) || isWithin(fileBytes + baseBytes)) return undefined; // a new AOF's first base is not counted
  const found = `the AOF in "${dataDir}" has ${before} bytes, that of the server has ${fileBytes}`;
  return `${found}: is dataDir the server's "dir"? if so, it has cut off a damaged AOF at its start, and BGREWRITEAOF mends it`;
}

/** Of the directories below the data directory, as Redis has them: `appendonlydir/appendonly.aof.manifest`. */
export async function findManifests(dataDir: string): Promise<string[]> {
  const entries = (await unlessGone(readdir(dataDir, { withFileTypes: true }))) ?? [];
  const directories = entries.filter((entry) => entry.isDirectory() && !notOfTheData.includes(entry.name));
  const found = await Promise.all(
    directories.map(async ({ name }) => {
      const names = (await unlessGone(readdir(join(dataDir, name)))) ?? [];
      return manifestsIn(names.map((each) => `${name}/${each}`));
    }),
  );
  return found.flat();
}

async function lengthOf(dataDir: string, { base, increments }: AofFiles): Promise<number> {
  const paths = [base ?? [], increments].flat();
  const sizes = await Promise.all(paths.map(async (path) => (await unlessGone(stat(join(dataDir, path))))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Lengths of all files of the AOF that a server is started on. */
export async function aofLengths(dataDir: string): Promise<Map<string, number>> {
  const lengths = new Map<string, number>();
  for (const manifest of await findManifests(dataDir)) {
    const { base, increments } = await readAofFiles(dataDir, manifest);
    for (const path of [base ?? [], increments].flat()) {
      const size = (await unlessGone(stat(join(dataDir, path))))?.size;
      if (size !== undefined) lengths.set(path, size);
    }
  }
  return lengths;
}

/** A server cuts an AOF whose end it cannot read, and says so in its log only. A file that is gone was rewritten. */
export function shorter(before: Map<string, number>, after: Map<string, number>): string | undefined {
  return [...before].find(([path, size]) => (after.get(path) ?? size) < size)?.[0];
}
