// The base of a piece: a copy of the running server by mariadb-backup, which takes and leaves its own lock for a moment, and
// says which position in the binary log the copy has.
import { constants } from "node:fs";
import { chown, copyFile, lchown, lstat, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StillpointError } from "../../../proto/errors.ts";
import { quoted } from "../../../proto/names.ts";
import type { BinlogPosition } from "./binlogs.ts";
import { type Programs, runProgram } from "./programs.ts";
import type { MariadbAddress } from "./session.ts";

export interface CopyPorts {
  server: MariadbAddress;
  programs: Programs;
  /** Never rejects. Resolves with an error as soon as mariadb-backup has waited too long for its lock, or when `signal` aborts. */
  waitsTooLong(signal: AbortSignal): Promise<StillpointError | undefined>;
}

/** Its thread that copies InnoDB's log sleeps for so long, which by default makes a second's stall of its last stage. */
const logCopyIntervalMs = 10;

/** @param to a directory that is not there yet @throws StillpointError */
export async function copyServer(to: string, ports: CopyPorts, signal: AbortSignal): Promise<BinlogPosition> {
  const options = `${to}.cnf`; // beside the copy, so that it is swept with it if we die
  await writeFile(options, optionFile(ports.server), { mode: 0o600 });
  try {
    const program = ports.programs["mariadb-backup"] ?? "mariadb-backup";
    const how = [`--defaults-file=${options}`, "--backup", `--log-copy-interval=${logCopyIntervalMs}`];
    await unlessItWaits([program, ...how, `--target-dir=${to}`], ports, signal);
  } finally {
    await rm(options, { force: true });
  }
  await makePrivate(to);
  return await positionOf(to);
}

async function unlessItWaits(command: string[], { waitsTooLong }: CopyPorts, caller: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([caller, over.signal]);
  const watching = waitsTooLong(signal).then((error) => over.abort(error));
  try {
    await runProgram(command, { signal, reason: "unreachable" });
  } finally {
    over.abort();
    await watching;
  }
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
