// Work on very many files, or on very much data: in threads beside the agent's own, so that neither a lock nor a call waits for
// it. A message between threads costs as much as reading a small file, so what is asked and answered is many files' at a time.
// The threads end when they have been idle, and for little work none is started.
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { StillpointError } from "../proto/errors.ts";
import { threadEnv } from "../runtime/thread-env.ts";
import type { BulkTask, Failure } from "./bulk-worker.ts";
import { digestsHere } from "./little-work.ts";

export interface Digest {
  /** In hexadecimal. */
  sha256: string;
  bytes: number;
  inode: number;
}

/** Of one of many files: its digest, or why it has none. */
export type DigestResult = Digest | { error: unknown };

export interface FileStats {
  size: number;
  inode: number;
}

/** Full paths. */
export interface Link {
  from: string;
  to: string;
}

export interface DigestOptions {
  signal: AbortSignal;
  /** No faster than the configuration allows, since the database works beside it. */
  gently: boolean;
  /** Of a whole that is read sooner than a thread for it has started. */
  isLittle: boolean;
}

/** A thread takes as long to start as it takes to read thousands of small files: one that inspected still seals. */
const idleMs = 60_000;
const threads = availableParallelism();

/** Starts no thread before there is work. Errors of single files are Node's, with their `code`, or StillpointErrors. */
export class Bulk {
  readonly #pool = new Piscina({
    filename: new URL("./bulk-worker.ts", import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
    concurrentTasksPerWorker: 1,
    env: threadEnv(),
  });
  /** When the next byte may be read, in nanoseconds of the system's monotonic clock: one for all threads. */
  readonly #pace = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  readonly #bytesPerSecond: number;

  /** 0: as fast as it goes. */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** By one thread, if by any. @throws the signal's reason */
  async digests(paths: readonly string[], { signal, gently, isLittle }: DigestOptions): Promise<DigestResult[]> {
    signal.throwIfAborted();
    const bytesPerSecond = gently ? this.#bytesPerSecond : 0;
    if (isLittle && bytesPerSecond === 0) return await digestsHere(paths, signal);
    const task = { work: "digests" as const, paths, bytesPerSecond, pace: this.#pace };
    const results = await this.#run<(Digest | Failure)[]>(task, signal);
    return results.map((result) => ("message" in result ? { error: errorOf(result) } : result));
  }

  async stats(paths: readonly string[]): Promise<(FileStats | undefined)[]> {
    const shares = sharesOf(paths).map((some) => this.#run<Float64Array>({ work: "stats", paths: some }));
    return (await Promise.all(shares)).flatMap(statsFrom);
  }

  link(links: readonly Link[]): Promise<void> {
    return this.#doAll([{ work: "links", links }]);
  }

  sync(paths: readonly string[]): Promise<void> {
    return this.#doAll(sharesOf(paths).map((some) => ({ work: "sync", paths: some })));
  }

  /** @throws the first error, when all have come to their end */
  async #doAll(tasks: BulkTask[]): Promise<void> {
    const failures = await Promise.all(tasks.map((task) => this.#run<Failure | undefined>(task)));
    const failure = failures.find((each) => each !== undefined);
    if (failure !== undefined) throw errorOf(failure);
  }

  async #run<Result>(task: BulkTask, signal?: AbortSignal): Promise<Result> {
    try {
      return await this.#pool.run(task, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }
}

/** One for each thread, none of them empty. */
function sharesOf(paths: readonly string[]): string[][] {
  const share = Math.ceil(paths.length / threads);
  const all = Array.from({ length: threads }, (_, thread) => paths.slice(thread * share, (thread + 1) * share));
  return all.filter((some) => some.length > 0);
}

/** Size and inode of each file, one after the other. */
function statsFrom(numbers: Float64Array): (FileStats | undefined)[] {
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    const [size, inode] = [numbers[2 * index] as number, numbers[2 * index + 1] as number];
    return Number.isNaN(size) ? undefined : { size, inode };
  });
}

function errorOf({ reason, code, message, syscall }: Failure): Error {
  if (reason !== undefined) return new StillpointError(reason, message);
  return Object.assign(new Error(message), { code, syscall });
}
