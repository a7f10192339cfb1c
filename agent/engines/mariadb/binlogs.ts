// The binary logs of a piece: copied after writes go on, from the base to the cut, the last one cut off exactly there.
import { constants } from "node:fs";
import { copyFile, mkdir, rm, stat, truncate } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StillpointError } from "../../../proto/errors.ts";
import { unlessGone } from "../../disk-errors.ts";
import type { Session } from "./session.ts";

/** Everything before `position` bytes of `file`. */
export interface BinlogPosition {
  file: string;
  position: number;
}

/** Where the server keeps its binary logs, and how they are called before their number. */
export interface BinlogPlace {
  directory: string;
  name: string;
}

export async function binlogPlace(session: Session, timeoutMs: number): Promise<BinlogPlace> {
  const [row] = await session.ask("SELECT @@log_bin_basename path", timeoutMs);
  const path = String(row?.path);
  return { directory: dirname(path), name: basename(path) };
}

/** Now. Under BACKUP STAGE: after all that was committed, and before all that will be. */
export async function binlogPosition(session: Session, timeoutMs: number): Promise<BinlogPosition> {
  const [row] = await session.ask("SHOW MASTER STATUS", timeoutMs);
  return { file: String(row?.File), position: Number(row?.Position) };
}

/** Tells one file from another that gets its name after a RESET MASTER; undefined if it is gone. */
export async function identityOf({ directory }: BinlogPlace, file: string): Promise<string | undefined> {
  const found = await unlessGone(stat(join(directory, file)));
  return found && `${found.dev}/${found.ino}/${found.birthtimeMs}`;
}

/** Copies into `to` what was written between two positions, and what comes before in the first file. @throws corrupt */
export async function copyBinlogs(
  place: BinlogPlace,
  names: readonly string[],
  end: BinlogPosition,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { mode: 0o700 });
  for (const name of names) {
    signal.throwIfAborted();
    const copied = copyFile(join(place.directory, name), join(to, name), constants.COPYFILE_FICLONE);
    if ((await unlessGone(copied.then(() => true))) === undefined) throw purged(name);
  }
  const last = join(to, end.file);
  const { size } = await stat(last);
  if (size < end.position) throw new StillpointError("corrupt", `binary log "${end.file}" is shorter than the cut`);
  await truncate(last, end.position);
}

/** The names of the binary logs from one to another. @throws StillpointError corrupt, if they are not there any more */
export async function binlogsBetween(session: Session, first: string, last: string, timeoutMs: number) {
  const names = (await session.ask("SHOW BINARY LOGS", timeoutMs)).map(({ Log_name }) => String(Log_name));
  const [from, to] = [names.indexOf(first), names.indexOf(last)];
  if (from < 0 || to < from) throw purged(from < 0 ? first : last);
  return names.slice(from, to + 1);
}

export function purged(file: string): StillpointError {
  return new StillpointError("corrupt", `binary log "${file}" was removed before the backup had copied it`, {
    hint: "no PURGE BINARY LOGS and no RESET MASTER during a backup; let binlog_expire_logs_seconds be longer than one takes",
  });
}
