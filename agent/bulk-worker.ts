// What a thread of bulk.ts does. It waits for the disk and for nothing else, and leaves the processors to the database.
import { createHash, hash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { setPriority } from "node:os";
import { type Reason, StillpointError } from "../proto/errors.ts";
import type { Digest, Link } from "./bulk.ts";
import { notRegular } from "./regular-file.ts";

export type BulkTask =
  /** bytesPerSecond: 0 for as fast as it goes. */
  | { work: "digests"; paths: readonly string[]; bytesPerSecond: number; pace: BigInt64Array }
  | { work: "stats"; paths: readonly string[] }
  | { work: "links"; links: readonly Link[] }
  | { work: "sync"; paths: readonly string[] };

type Pace = Pick<Extract<BulkTask, { work: "digests" }>, "bytesPerSecond" | "pace">;

/** An error that has crossed over between threads. */
export interface Failure {
  reason?: Reason;
  code?: string;
  syscall?: string;
  message: string;
}

interface Opened {
  file: number;
  stats: Stats;
}

const niceness = 10;
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const nobodyWakesUs = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

setPriority(0, niceness); // of this thread alone

export default function perform(task: BulkTask): unknown {
  if (task.work === "digests") return task.paths.map((path) => orFailure(() => digest(path, task)));
  if (task.work === "stats") return stats(task.paths);
  if (task.work === "links") return orFailure(() => task.links.forEach(link));
  return orFailure(() => task.paths.forEach(syncFile));
}

function digest(path: string, pace: Pace): Digest {
  const { file, stats } = openRegularSync(path);
  try {
    return { ...hashed(file, stats.size, pace), inode: stats.ino };
  } finally {
    closeSync(file);
  }
}

/** A small file costs one read and one call of the hash: whoever reads less than there is room for has come to the end. */
function hashed(file: number, size: number, pace: Pace): Omit<Digest, "inode"> {
  const first = read(file, pace);
  if (first.length === size && size < buffer.length) return { sha256: hash("sha256", first), bytes: size };
  const rest = createHash("sha256");
  let bytes = 0;
  for (let some = first; some.length > 0; some = read(file, pace)) {
    rest.update(some);
    bytes += some.length;
  }
  return { sha256: rest.digest("hex"), bytes };
}

/** The next bytes, in a buffer that the next call uses again; none at the end. */
function read(file: number, { bytesPerSecond, pace }: Pace): Buffer {
  const bytes = readSync(file, buffer, 0, buffer.length, null);
  if (bytesPerSecond > 0 && bytes > 0) keepPace(pace, bytes / bytesPerSecond);
  return buffer.subarray(0, bytes);
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

function openRegularSync(path: string): Opened {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ELOOP" || code === "ENXIO" ? notRegular(path) : error;
  }
  const stats = fstatSync(file);
  if (stats.isFile()) return { file, stats };
  closeSync(file);
  throw notRegular(path);
}

/** Size and inode of each file, one after the other: numbers cross over between threads at no cost. NaN: not there. */
function stats(paths: readonly string[]): Float64Array {
  const numbers = new Float64Array(2 * paths.length).fill(Number.NaN);
  for (const [index, path] of paths.entries()) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined) numbers.set([found.size, found.ino], 2 * index);
  }
  return numbers;
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
