// What changes in a data directory while somebody waits for its cut, so that under the lock nothing needs to be listed.
//
// A worker thread (change-watch-worker.ts) hears the kernel's events for all directories in one queue. To know that all that
// happened until now was heard, it gives a file of its own another name in a directory that it hears too: when that event comes,
// every earlier one has come before it.
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { threadEnv } from "../../runtime/thread-env.ts";
import { fewEntries } from "./listing.ts";

/** A path below the data directory, as it is now: a regular file, or none. */
export interface Change {
  path: string;
  isFile: boolean;
}

export interface ChangeWatch {
  /** What changed since the last call, until the moment of this one. Undefined: not all of it is known, list everything. */
  changes(): Promise<Change[] | undefined>;
  /** Repeatable. */
  close(): Promise<void>;
}

export interface Watched {
  dataDir: string;
  /** Paths below dataDir. Those in them are not watched unless they are named too. */
  directories: readonly string[];
  /** How many files and directories there are. */
  entries: number;
  /** Full path of a directory of ours, on which nobody else writes. */
  ownDir: string;
  /** So many events at once may be all that the kernel kept of more. By default half of what its queue has room for. */
  mostAtOnce?: number;
  /** A listing of very many files takes as long: who does not answer by then is of no use under a lock. 100 by default. */
  answerWithinMs?: number;
}

/** Watches from now on; undefined where that does not pay, or is not to be had: no room for more in the kernel. */
export type WatchChanges = (watched: Watched) => Promise<ChangeWatch | undefined>;

/** What the worker says: that it watches; then one answer to each question. */
export type WorkerReport = "watching" | { question: number; changes: Change[] | undefined };

/** How the file in the directory of ours is called from this question on, so that no event is taken for another's. */
export function markOf(question: number): string {
  return `.watched-${question}`;
}

const mostDirectories = 1_000;
const startWithinMs = 5_000;

export const watchChanges: WatchChanges = async (watched) => {
  if (watched.entries <= fewEntries || watched.directories.length > mostDirectories) return undefined;
  const worker = new Worker(new URL("./change-watch-worker.ts", import.meta.url), {
    workerData: watched,
    env: threadEnv(),
  });
  if (await watches(worker)) return new WorkerWatch(worker, watched);
  await worker.terminate();
  await rm(join(watched.ownDir, markOf(0)), { force: true });
  return undefined;
};

/** False if it dies at its start: a directory is gone, or the kernel has no room for more watches. */
async function watches(worker: Worker): Promise<boolean> {
  const started = once(worker, "message").then(
    () => true,
    () => false,
  );
  return await Promise.race([started, pause(startWithinMs, false, { ref: false })]);
}

class WorkerWatch implements ChangeWatch {
  readonly #worker: Worker;
  readonly #answerWithinMs: number;
  readonly #ownDir: string;
  readonly #waiting = new Map<number, (changes: Change[] | undefined) => void>();
  #questions = 0;
  /** It has died, or an answer came too late, and what that one said is lost. */
  #isBroken = false;

  constructor(worker: Worker, { ownDir, answerWithinMs = 100 }: Watched) {
    this.#worker = worker;
    this.#answerWithinMs = answerWithinMs;
    this.#ownDir = ownDir;
    worker.unref();
    worker.on("message", (report: WorkerReport) => {
      if (report !== "watching") this.#answer(report.question, report.changes);
    });
    worker.on("error", () => this.#break());
    worker.on("exit", () => this.#break());
  }

  async changes(): Promise<Change[] | undefined> {
    if (this.#isBroken) return undefined;
    const question = ++this.#questions;
    const { promise, resolve } = Promise.withResolvers<Change[] | undefined>();
    this.#waiting.set(question, resolve);
    const timer = setTimeout(() => this.#break(), this.#answerWithinMs);
    this.#worker.postMessage(question);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#break();
    await this.#worker.terminate();
    for (const question of [this.#questions - 1, this.#questions]) await this.#removeMark(question); // it may not have heard the last
  }

  async #removeMark(question: number): Promise<void> {
    await rm(join(this.#ownDir, markOf(question)), { force: true });
  }

  #answer(question: number, changes: Change[] | undefined): void {
    this.#waiting.get(question)?.(changes);
    this.#waiting.delete(question);
  }

  #break(): void {
    this.#isBroken = true;
    for (const question of this.#waiting.keys()) this.#answer(question, undefined);
  }
}
