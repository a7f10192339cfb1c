// A process that owns a database and writes to it, seen from a test. See lsm-owner-process.ts.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { LsmKind } from "./lsm-database.ts";
import type { Reply, Request } from "./lsm-owner-process.ts";

const program = fileURLToPath(new URL("lsm-owner-process.ts", import.meta.url));

export class LsmOwner {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Does not write before `run`. Ends with the test. */
  static async start(kind: LsmKind, directory: string): Promise<LsmOwner> {
    const child = fork(program, [kind, directory], { execArgv: [] });
    const exited = once(child, "exit");
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await exited;
    });
    const owner = new LsmOwner(child);
    await owner.#reply();
    return owner;
  }

  /** Lets it write, and waits until so many more batches are in the database; it goes on writing then. */
  async run(batches: number): Promise<void> {
    await this.#ask({ ask: "run", batches });
  }

  /** Stops the writing. Returns the number of the last batch that was acknowledged. */
  async pause(): Promise<number> {
    return (await this.#ask({ ask: "pause" })).batches;
  }

  async compact(): Promise<void> {
    await this.#ask({ ask: "compact" });
  }

  /** Ends the process in good order. Returns the number of the last batch. */
  async close(): Promise<number> {
    return (await this.#ask({ ask: "close" })).batches;
  }

  async #ask(request: Request): Promise<Reply> {
    this.#process.send(request);
    return await this.#reply();
  }

  async #reply(): Promise<Reply> {
    const ended = new AbortController();
    const died = once(this.#process, "exit", { signal: ended.signal }).then(([code, signal]) => {
      throw new Error(`the owner of the database died (${code ?? signal})`);
    });
    try {
      const [reply] = await Promise.race([once(this.#process, "message", { signal: ended.signal }), died]);
      return reply as Reply;
    } finally {
      died.catch(() => {}); // aborted on purpose
      ended.abort();
    }
  }
}
