// For a restore: makes a data directory out of a copy of a piece's data, whichever way the piece was made.
import { mkdtemp, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explained } from "../../disk.ts";
import { giveTo, prepareCopy } from "./base.ts";
import { type CutFile, readCutFile } from "./cut-file.ts";
import type { Programs } from "./programs.ts";
import { replay } from "./replay.ts";

export interface UnpackPorts {
  dataDir: string;
  programs: Programs;
}

/** What mariadb-backup leaves for itself. */
const leftByBackup = /^(xtrabackup_|mariadb_backup_|backup-my\.cnf$)/;

/** @throws StillpointError corrupt */
export async function unpackPiece(dir: string, { dataDir, programs }: UnpackPorts, signal: AbortSignal): Promise<void> {
  const cut = await readCutFile(dir);
  if (cut === undefined) return; // a snapshot is a data directory already
  const base = join(dir, "base");
  await prepareCopy(base, programs, signal);
  await replay({ dataDir: base, binlogs: join(dir, "binlogs"), cut, programs }, signal);
  await continueGtids(base, cut);
  await moveUp(dir);
  await explained(giveTo)(dataDir, dir);
}

/** A server without binary logs reads this file, and goes on with the numbers of the global transaction ids. */
async function continueGtids(dataDir: string, { gtidState, logName }: CutFile): Promise<void> {
  if (logName === "" || gtidState === "") return;
  const lines = gtidState.split(",").map((gtid) => `${gtid.trim()}\n`);
  await writeFile(join(dataDir, `${logName}.state`), lines.join(""), { mode: 0o660 });
}

/** The base's files take the place of all that is there. A database may have any name, but none that begins with a dot. */
async function moveUp(dir: string): Promise<void> {
  const base = join(await mkdtemp(join(dir, ".unpacked-")), "base");
  await rename(join(dir, "base"), base);
  for (const name of ["binlogs", "cut.json"]) await rm(join(dir, name), { recursive: true });
  for (const name of await readdir(base)) {
    if (leftByBackup.test(name)) await rm(join(base, name));
    else await rename(join(base, name), join(dir, name));
  }
  await rmdir(base);
  await rmdir(join(base, ".."));
}
