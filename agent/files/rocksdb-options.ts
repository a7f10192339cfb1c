// Which settings of a RocksDB rule out that it is backed up by its files. It keeps them in OPTIONS-<number>, the largest
// number in force. LevelDB has no such file, and no such settings.
import { readFile } from "node:fs/promises";
import { join, posix, relative } from "node:path";
import { unlessGone } from "../disk-errors.ts";

const refused: readonly [RegExp, string][] = [
  [/^\s*manual_wal_flush=true\s*$/m, "manual_wal_flush=true: what it acknowledged may be in its memory only"],
  [/^\s*recycle_log_file_num=[1-9]\d*\s*$/m, "recycle_log_file_num: it writes over its WAL instead of appending to it"],
  [/^\s*enable_blob_direct_write=true\s*$/m, "enable_blob_direct_write=true: it goes on writing to its blob files"],
];

/** A reason for a person; undefined if there is none. */
export async function refuseOptions(
  dataDir: string,
  directory: string,
  names: readonly string[],
): Promise<string | undefined> {
  const name = newestOptions(names);
  if (name === undefined) return undefined;
  const path = posix.join(directory, name);
  const options = await unlessGone(readFile(join(dataDir, path), "utf8"));
  if (options === undefined) return undefined; // replaced in this moment
  const found = refused.find(([pattern]) => pattern.test(options))?.[1] ?? walElsewhere(options, dataDir, names);
  return found && `the RocksDB of "${path}" runs with ${found}`;
}

function newestOptions(names: readonly string[]): string | undefined {
  const numbered = names.filter((name) => /^OPTIONS-\d+$/.test(name));
  return numbered.sort((one, other) => numberOf(one) - numberOf(other)).at(-1);
}

function numberOf(name: string): number {
  return Number.parseInt(name.slice("OPTIONS-".length), 10);
}

/** Old versions also write down a `wal_dir` that is the database's own directory, as the server sees it. */
function walElsewhere(options: string, dataDir: string, names: readonly string[]): string | undefined {
  const walDir = options.match(/^\s*wal_dir=(\S+)\s*$/m)?.[1]?.replaceAll("\\", "");
  if (walDir === undefined || names.some((name) => /^\d+\.log$/.test(name))) return undefined;
  const outside = relative(dataDir, walDir).split("/")[0] === "..";
  return outside ? `wal_dir=${walDir}: its WAL is not in the data directory` : undefined;
}
