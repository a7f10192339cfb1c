// The base of a piece: a copy of the running server by mariadb-backup, which takes and leaves its own lock for a moment, and
// says which position in the binary log the copy has.
import { constants } from "node:fs";
import { chown, copyFile, lchown, lstat, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StillpointError } from "../../../proto/errors.ts";
import { quoted } from "../../../proto/names.ts";
import type { BinlogPosition } from "./binlogs.ts";
import { type Programs, runProgram } from "./programs.ts";
import { withScratch } from "./scratch.ts";
import type { MariadbAddress } from "./session.ts";

/** @param to a directory that is not there yet @throws StillpointError */
export async function copyServer(
  to: string,
  server: MariadbAddress,
  programs: Programs,
  signal: AbortSignal,
): Promise<BinlogPosition> {
  const program = programs["mariadb-backup"] ?? "mariadb-backup";
  await withScratch(async (scratch) => {
    const options = join(scratch, "client.cnf");
    await writeFile(options, optionFile(server), { mode: 0o600 });
    const command = [program, `--defaults-file=${options}`, "--backup", `--target-dir=${to}`];
    await runProgram(command, { signal, reason: "unreachable" });
  });
  await makePrivate(to);
  return await positionOf(to);
}

/** Brings the copy into the state that it had at its position. @throws StillpointError corrupt */
export async function prepareCopy(dir: string, programs: Programs, signal: AbortSignal): Promise<void> {
  const program = programs["mariadb-backup"] ?? "mariadb-backup";
  const command = [program, "--no-defaults", "--prepare", `--target-dir=${dir}`];
  await runProgram(command, { signal, reason: "corrupt" });
}

/** For what a root agent has made: the server must be able to work on it. */
export async function giveTo(model: string, dir: string): Promise<void> {
  const { uid, gid } = await stat(model);
  if (uid === process.geteuid?.()) return;
  await chown(dir, uid, gid);
  for (const name of await readdir(dir, { recursive: true })) await lchown(join(dir, name), uid, gid);
}

/** Not on the command line, where everybody on the machine can read it. */
function optionFile({ address, username, password }: MariadbAddress): string {
  const [host, port] = [address.slice(0, address.lastIndexOf(":")), address.slice(address.lastIndexOf(":") + 1)];
  const place = address.startsWith("unix:") ? { socket: address.slice("unix:".length) } : { host, port };
  const secret = password === undefined ? {} : { password: password.reveal() };
  const lines = Object.entries({ ...place, user: username, ...secret });
  return ["[mariadb-backup]", ...lines.map(([key, value]) => `${key}=${inQuotes(value)}`), ""].join("\n");
}

function inQuotes(value: string): string {
  return `"${value.replaceAll(/[\\"]/g, "\\$&")}"`;
}

/** mariadb-backup links RocksDB's tables, and leaves it at that where the file system lets it. */
async function makePrivate(dir: string): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) {
    const path = join(dir, name);
    const found = await lstat(path);
    if (!found.isFile() || found.nlink === 1) continue;
    await copyFile(path, `${path}.private`, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await rename(`${path}.private`, path);
  }
}

async function positionOf(dir: string): Promise<BinlogPosition> {
  const text = await readFile(join(dir, "xtrabackup_binlog_info"), "utf8");
  const [file = "", position = ""] = text.trim().split("\t");
  if (file !== "" && Number.isInteger(Number(position))) return { file, position: Number(position) };
  throw new StillpointError("internal", `mariadb-backup tells no position in the binary log, but ${quoted(text)}`);
}
