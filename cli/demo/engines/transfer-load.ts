// Clients that each make one transfer after the other, until they are stopped, and measure how long each write took.
import { createHistogram } from "node:perf_hooks";
import { messageOf } from "../../../proto/errors.ts";
import type { DemoLoad, LoadReport } from "./demo-engine.ts";

/** One client: makes one transfer. It calls `measure` around each write that it waits for. */
export type Client = (measure: <Result>(write: Promise<Result>) => Promise<Result>) => Promise<void>;

export class TransferLoad implements DemoLoad {
  readonly #startedAt = performance.now();
  readonly #writeTimes = createHistogram();
  readonly #clients: readonly Promise<void>[];
  readonly #close: () => void;
  #transfers = 0;
  #failed = 0;
  #lastFailure = "";
  #stoppedAt: number | undefined;

  /** @param close ends the clients' connections */
  constructor(clients: readonly Client[], close: () => void) {
    this.#close = close;
    this.#clients = clients.map((client) => this.#run(client));
  }

  report(): LoadReport {
    const seconds = ((this.#stoppedAt ?? performance.now()) - this.#startedAt) / 1000;
    return {
      transfers: this.#transfers,
      transfersPerSecond: this.#transfers / seconds,
      failed: this.#failed,
      lastFailure: this.#lastFailure,
      longestMs: this.#writeTimes.count > 0 ? this.#writeTimes.max / 1e6 : 0,
      p50Ms: this.#writeTimes.percentile(50) / 1e6,
    };
  }

  async stop(): Promise<LoadReport> {
    this.#stoppedAt ??= performance.now();
    await Promise.all(this.#clients);
    this.#close();
    return this.report();
  }

  async #run(client: Client): Promise<void> {
    while (this.#stoppedAt === undefined) {
      try {
        await client((write) => this.#measure(write));
        this.#transfers++;
      } catch (error) {
        this.#failed++;
        this.#lastFailure = messageOf(error);
      }
    }
  }

  async #measure<Result>(write: Promise<Result>): Promise<Result> {
    const begunAt = performance.now();
    const result = await write;
    this.#writeTimes.record(Math.ceil((performance.now() - begunAt) * 1e6));
    return result;
  }
}
