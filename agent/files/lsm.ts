// The files of LevelDB and RocksDB. A data directory may hold any number of such databases, in directories at any depth,
// and other files besides: a directory is a database if it has a CURRENT.
//
// What makes a cut by links right, in both engines: a table is complete before the MANIFEST names it; it is deleted only
// after the MANIFEST dropped it, and file numbers only grow; MANIFEST and WAL are only appended to; CURRENT, IDENTITY and OPTIONS
// are written under another name and then renamed. So while no MANIFEST grows and no CURRENT changes, the live tables are all there.
import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { StillpointError } from "../../proto/errors.ts";
import { unlessGone } from "../disk-errors.ts";
import { damaged, missing } from "./damage.ts";
import type { FileClass, FileLayout } from "./layout.ts";
import { type LiveSet, readManifest } from "./manifest.ts";
import { readAtOnce } from "./read-at-once.ts";
import { refuseOptions } from "./rocksdb-options.ts";

const classes: readonly [RegExp, FileClass][] = [
  [/^\d+\.(ldb|sst|blob)$/, "immutable"],
  [/^(\d+\.log|MANIFEST-\d+)$/, "append-only"],
  [/^(CURRENT|IDENTITY|OPTIONS-\d+)$/, "replaced"],
  [/^(LOCK|LOG|LOG\.old|LOG\.old\.\d+)$/, "excluded"],
  [/\.(dbtmp|trash)$/, "excluded"], // not in force yet, or not any more
];

/** Both engines share one encoding, so that only the name is different. */
export function lsmLayout(kind: "leveldb" | "rocksdb" | "lsm"): Required<FileLayout> {
  return { kind, classify, fingerprint, orphans, refuse, describe };
}

/** What is not known is copied under the lock: always right, never fast. */
function classify(path: string): FileClass {
  const name = posix.basename(path);
  return classes.find(([pattern]) => pattern.test(name))?.[1] ?? "mutable";
}

async function fingerprint(dataDir: string, paths: readonly string[]): Promise<string> {
  const databases = paths.filter((path) => posix.basename(path) === "CURRENT").map((path) => posix.dirname(path));
  return databases
    .map((directory) => stateOf(dataDir, directory))
    .sort() // listings have no order
    .join("\n");
}

function stateOf(dataDir: string, directory: string): string {
  const current = readAtOnce(join(dataDir, directory, "CURRENT"));
  const manifest = current === undefined ? undefined : join(dataDir, directory, current.trimEnd());
  const size = manifest && statSync(manifest, { throwIfNoEntry: false })?.size;
  return JSON.stringify([directory, current, size]);
}

async function orphans(pieceDir: string, paths: readonly string[]): Promise<string[]> {
  const found: string[][] = [];
  for (const database of databasesIn(paths)) found.push(await orphansOf(pieceDir, database));
  return found.flat();
}

async function orphansOf(pieceDir: string, database: Database): Promise<string[]> {
  const { directory, names } = database;
  const manifest = await currentManifest(pieceDir, directory);
  const live = await readLive(pieceDir, posix.join(directory, manifest));
  await checkLiveFiles(pieceDir, database, live);
  return names.filter((name) => !isLive(name, live, manifest)).map((name) => posix.join(directory, name));
}

async function refuse(dataDir: string, paths: readonly string[]): Promise<string | undefined> {
  for (const { directory, names } of databasesIn(paths)) {
    const reason = (await refuseOptions(dataDir, directory, names)) ?? (await refuseManifest(dataDir, directory));
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function describe(paths: readonly string[]): string {
  const kinds = Map.groupBy(databasesIn(paths), ({ names }) => (isRocksDb(names) ? "RocksDB" : "LevelDB"));
  return [...kinds].map(([kind, databases]) => `${databases.length} ${kind}`).join(", ") || "no database";
}

/** Both have a CURRENT; these are RocksDB's alone. Old versions of LevelDB had tables of the name .sst, too. */
function isRocksDb(names: readonly string[]): boolean {
  return names.some((name) => /^(IDENTITY|OPTIONS-\d+|\d+\.blob)$/.test(name));
}

export interface Database {
  /** "." for the data directory itself. */
  directory: string;
  names: string[];
}

export function databasesIn(paths: readonly string[]): Database[] {
  const directories = Map.groupBy(paths, (path) => posix.dirname(path));
  return [...directories]
    .map(([directory, files]) => ({ directory, names: files.map((path) => posix.basename(path)) }))
    .filter(({ names }) => names.includes("CURRENT"));
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await unlessGone(stat(path)))?.size;
}

/** Name of the MANIFEST in force. */
async function currentManifest(root: string, directory: string): Promise<string> {
  const current = readAtOnce(join(root, directory, "CURRENT"));
  const name = current?.match(/^(MANIFEST-\d+)\n$/)?.[1];
  if (name === undefined) throw damaged(posix.join(directory, "CURRENT"), "it does not name a MANIFEST");
  return name;
}

async function readLive(root: string, manifest: string): Promise<LiveSet> {
  const bytes = await unlessGone(readFile(join(root, manifest)));
  if (bytes === undefined) throw missing(`"${manifest}", which CURRENT names,`);
  return readManifest(bytes, manifest);
}

async function checkLiveFiles(root: string, { directory, names }: Database, live: LiveSet): Promise<void> {
  const tables = new Map(names.filter(isTable).map((name) => [numberIn(name), posix.join(directory, name)]));
  for (const [number, sizeBytes] of live.tables) {
    const path = tables.get(number);
    if (path === undefined) throw missing(`table ${number} of the database in "${directory}"`);
    const actual = await sizeOf(join(root, path));
    if (actual !== sizeBytes) throw damaged(path, `it has ${actual} bytes instead of ${sizeBytes}`);
  }
  const blobs = new Set(names.filter(isBlob).map(numberIn));
  for (const [number, needed] of live.blobs) {
    if (needed && !blobs.has(number)) throw missing(`blob file ${number} of the database in "${directory}"`);
  }
}

function isLive(name: string, live: LiveSet, manifest: string): boolean {
  const number = numberIn(name);
  if (isTable(name)) return live.tables.has(number);
  if (isBlob(name)) return live.blobs.has(number);
  if (/^\d+\.log$/.test(name)) return number >= live.logNumber || number === live.previousLogNumber;
  return !name.startsWith("MANIFEST-") || name === manifest;
}

function isTable(name: string): boolean {
  return /^\d+\.(ldb|sst)$/.test(name);
}

function isBlob(name: string): boolean {
  return /^\d+\.blob$/.test(name);
}

function numberIn(name: string): number {
  return Number.parseInt(name, 10);
}

/** The MANIFEST says so before the lock if it will be of no use after it. */
async function refuseManifest(dataDir: string, directory: string): Promise<string | undefined> {
  try {
    const manifest = posix.join(directory, await currentManifest(dataDir, directory));
    const bytes = await unlessGone(readFile(join(dataDir, manifest)));
    if (bytes !== undefined) readManifest(bytes, manifest); // else: replaced in this moment
    return undefined;
  } catch (error) {
    if (error instanceof StillpointError) return `${error.message}; if this is no database, exclude it by a glob`;
    throw error;
  }
}
