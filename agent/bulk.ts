// Work on very many files, or on very much data: in threads beside the agent's own, so that neither a lock nor a call waits for
// it. What is asked for one by one at the same time is handed over in batches. The threads end when they have been idle.
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { StillpointError } from "../proto/errors.ts";
import type { BulkTask, Failure } from "./bulk-worker.ts";

export interface Digest {
  /** In hexadecimal. */
  sha256: string;
  bytes: number;
}

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
}

interface Asked extends DigestOptions {
  path: string;
  resolve: (digest: Digest) => void;
  reject: (error: unknown) => void;
}

const idleMs = 2_000;
const threads = availableParallelism();
const mostInBatch = 32;

/** Starts no thread before there is work. Errors of single files are Node's, with their `code`, or StillpointErrors. */
export class Bulk {
  readonly #pool = new Piscina({
    filename: new URL("./bulk-worker.ts", import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: idleMs,
    concurrentTasksPerWorker: 1,
  });
  /** When the next byte may be read, in nanoseconds of the system's monotonic clock: one for all threads. */
  readonly #pace = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  readonly #bytesPerSecond: number;
  readonly #asked: Asked[] = [];
  #running = 0;

  /** 0: as fast as it goes. */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  digest(path: string, options: DigestOptions): Promise<Digest> {
    const { promise, resolve, reject } = Promise.withResolvers<Digest>();
    this.#asked.push({ path, ...options, resolve, reject });
    queueMicrotask(() => this.#handOver());
    return promise;
  }

  stats(paths: readonly string[]): Promise<(FileStats | undefined)[]> {
    return this.#run({ work: "stats", paths });
  }

  link(links: readonly Link[]): Promise<void> {
    return this.#doAll([{ work: "links", links }]);
  }

  sync(paths: readonly string[]): Promise<void> {
    const share = Math.ceil(paths.length / threads);
    const shares = Array.from({ length: threads }, (_, thread) => paths.slice(thread * share, (thread + 1) * share));
    return this.#doAll(shares.map((some) => ({ work: "sync", paths: some })));
  }

  /** As many batches as there are threads; small ones when little is asked for, so that no thread is left without. */
  #handOver(): void {
    while (this.#running < threads && this.#asked.length > 0) {
      const size = Math.min(mostInBatch, Math.ceil(this.#asked.length / threads));
      void this.#digestBatch(this.#asked.splice(0, size));
    }
  }

  async #digestBatch(batch: Asked[]): Promise<void> {
    this.#running++;
    try {
      await this.#settle(batch.filter((asked) => !isGivenUp(asked)));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#running--;
      this.#handOver();
    }
  }

  async #settle(batch: Asked[]): Promise<void> {
    const signal = AbortSignal.any(batch.map((asked) => asked.signal));
    const files = batch.map(({ path, gently }) => ({ path, bytesPerSecond: gently ? this.#bytesPerSecond : 0 }));
    const task = { work: "digests" as const, files, pace: this.#pace };
    const results = await this.#run<(Digest | Failure)[]>(task, signal);
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = results[index] as Digest | Failure;
      if ("message" in result) reject(errorOf(result));
      else resolve(result);
    }
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

function isGivenUp({ signal, reject }: Asked): boolean {
  if (signal.aborted) reject(signal.reason);
  return signal.aborted;
}

function errorOf({ reason, code, message, syscall }: Failure): Error {
  if (reason !== undefined) return new StillpointError(reason, message);
  return Object.assign(new Error(message), { code, syscall });
}
