// What a thread of bulk.ts does. It waits for the disk and for nothing else, and leaves the processors to the database.
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, fsyncSync, linkSync, openSync, readSync, statSync } from "node:fs";
import { setPriority } from "node:os";
import { type Reason, StillpointError } from "../proto/errors.ts";
import type { Digest, FileStats, Link } from "./bulk.ts";
import { notRegular } from "./regular-file.ts";

export type BulkTask =
  | { work: "digests"; files: readonly FileToRead[]; pace: BigInt64Array }
  | { work: "stats"; paths: readonly string[] }
  | { work: "links"; links: readonly Link[] }
  | { work: "sync"; paths: readonly string[] };

/** An error that has crossed over between threads. */
export interface Failure {
  reason?: Reason;
  code?: string;
  syscall?: string;
  message: string;
}

interface FileToRead {
  path: string;
  /** 0: as fast as it goes. */
  bytesPerSecond: number;
}

const niceness = 10;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const nobodyWakesUs = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

setPriority(0, niceness); // of this thread alone

export default function perform(task: BulkTask): unknown {
  if (task.work === "digests") return task.files.map((file) => orFailure(() => digest(file, task.pace)));
  if (task.work === "stats") return task.paths.map(stats);
  if (task.work === "links") return orFailure(() => task.links.forEach(link));
  return orFailure(() => task.paths.forEach(syncFile));
}

function digest({ path, bytesPerSecond }: FileToRead, pace: BigInt64Array): Digest {
  const file = openRegularSync(path);
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, null);
      if (read === 0) return { sha256: hash.digest("hex"), bytes };
      hash.update(buffer.subarray(0, read));
      bytes += read;
      if (bytesPerSecond > 0) keepPace(pace, read / bytesPerSecond);
    }
  } finally {
    closeSync(file);
  }
}

/** Reserves so much time behind what the other threads have reserved, and sleeps until it is over. */
function keepPace(pace: BigInt64Array, seconds: number): void {
  const cost = BigInt(Math.round(seconds * 1e9));
  for (;;) {
    const reserved = Atomics.load(pace, 0);
    const now = process.hrtime.bigint();
    const end = (reserved > now ? reserved : now) + cost;
    if (Atomics.compareExchange(pace, 0, reserved, end) !== reserved) continue;
    Atomics.wait(nobodyWakesUs, 0, 0, Number(end - now) / 1e6);
    return;
  }
}

function openRegularSync(path: string): number {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ELOOP" || code === "ENXIO" ? notRegular(path) : error;
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw notRegular(path);
}

function stats(path: string): FileStats | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && { size: found.size, inode: found.ino };
}

function link({ from, to }: Link): void {
  linkSync(from, to);
}

function syncFile(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function orFailure<Result>(work: () => Result): Result | Failure {
  try {
    return work();
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof StillpointError) return { reason: error.reason, message };
    return { message, ...(code === undefined ? {} : { code }), ...(syscall === undefined ? {} : { syscall }) };
  }
}
