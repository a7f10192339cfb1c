// The files of a Redis or Valkey server with a multi-part AOF (from version 7): a base that never changes, increments that
// are appended to, and a manifest that names them and is exchanged by rename.
//
// What makes a cut by links right: a new base or increment is complete, or empty, before the manifest names it; a file is
// deleted only after the manifest has dropped it, and sequence numbers only grow. So while the manifest is the same, all
// that it names is there.
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { unlessGone } from "../disk-errors.ts";
import { parseAofManifest } from "./aof-manifest.ts";
import { missing } from "./damage.ts";
import type { FileClass, FileLayout } from "./layout.ts";
import { readAtOnce } from "./read-at-once.ts";

const classes: readonly [RegExp, FileClass][] = [
  [/\.\d+\.base\.(rdb|aof)$/, "immutable"],
  [/\.\d+\.incr\.aof$/, "append-only"],
  [/(^|\/)temp[-_][^/]*\.(rdb|aof|manifest)$/, "excluded"], // not in force yet
  [/\.manifest$/, "replaced"],
  [/^[^/]+\.rdb$/, "excluded"], // a save beside the AOF: Redis does not load it
  [/^[^/]+\.(log|pid)$/, "excluded"],
  [/^nodes\.conf$/, "excluded"], // who this node is, and what it knows of its cluster: of today, whatever is restored
];

export const redisLayout: FileLayout = { kind: "redis", classify, fingerprint, orphans };

/** What is not known is copied under the lock: a configuration that lies here. */
function classify(path: string): FileClass {
  return classes.find(([pattern]) => pattern.test(path))?.[1] ?? "mutable";
}

async function fingerprint(dataDir: string, paths: readonly string[]): Promise<string> {
  const texts = manifestsIn(paths).map((path) => JSON.stringify([path, readAtOnce(join(dataDir, path))]));
  return texts.sort().join("\n"); // listings have no order
}

async function orphans(pieceDir: string, paths: readonly string[]): Promise<string[]> {
  const files = await Promise.all(manifestsIn(paths).map((path) => readAofFiles(pieceDir, path)));
  const named = files.flatMap(({ base, increments }) => [base ?? [], increments].flat());
  const lacking = named.find((path) => !paths.includes(path));
  if (lacking !== undefined) throw missing(`"${lacking}", which the manifest of the AOF names,`);
  if (files.some(({ base }) => base === undefined) || files.length === 0) throw missing("the base of the AOF");
  return paths.filter((path) => isPart(path) && !named.includes(path));
}

function isPart(path: string): boolean {
  return ["immutable", "append-only"].includes(classify(path));
}

/** A manifest and what it names, by paths below the data directory. */
export interface AofFiles {
  base: string | undefined;
  increments: string[];
}

/** @throws StillpointError corrupt, if there is no such manifest or it cannot be read */
export async function readAofFiles(dataDir: string, manifest: string): Promise<AofFiles> {
  const text = await unlessGone(readFile(join(dataDir, manifest), "utf8"));
  if (text === undefined) throw missing(`"${manifest}"`);
  const { base, increments } = parseAofManifest(text, manifest);
  const pathOf = (name: string) => posix.join(posix.dirname(manifest), name);
  return { base: base && pathOf(base), increments: increments.map(pathOf) };
}

export function manifestsIn(paths: readonly string[]): string[] {
  return paths.filter((path) => classify(path) === "replaced");
}
