// One client for each server that writes to this server only, again and again, and remembers how long its longest write
// took: that is how long writes stood still there. A write that failed because its server was down is none.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@grpc/grpc-js";
import { Ledger, ledgerClient } from "../../examples/ledger/contract.ts";
import { callUnary } from "../../proto/call.ts";

const pauseMs = 10;
const callTimeoutMs = 30_000;
const thereAndBack = {
  there: { fromAccount: "account-0001", toAccount: "account-0002" },
  back: { fromAccount: "account-0002", toAccount: "account-0001" },
};

export interface Writers {
  /** The longest write of each server since the last `reset`, in milliseconds; writes under way count as long as they wait. */
  longestMs(): Map<string, number>;
  reset(): void;
  stop(): Promise<void>;
}

export function startWriters(servers: readonly { id: string; address: string }[]): Writers {
  const writers = servers.map((server) => new Writer(server));
  return {
    longestMs: () => new Map(writers.map((writer) => [writer.id, writer.longestMs()])),
    reset: () => {
      for (const writer of writers) writer.reset();
    },
    stop: async () => void (await Promise.all(writers.map((writer) => writer.stop()))),
  };
}

class Writer {
  readonly id: string;
  readonly #client: Client;
  readonly #ended = new AbortController();
  readonly #writing: Promise<void>;
  #longestMs = 0;
  #count = 0;
  #begunAt: number | undefined;

  constructor({ id, address }: { id: string; address: string }) {
    this.id = id;
    this.#client = ledgerClient(address);
    this.#writing = this.#write();
  }

  longestMs(): number {
    return Math.max(this.#longestMs, this.#begunAt === undefined ? 0 : performance.now() - this.#begunAt);
  }

  reset(): void {
    this.#longestMs = 0;
    if (this.#begunAt !== undefined) this.#begunAt = performance.now();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#writing;
    this.#client.close();
  }

  async #write(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      this.#begunAt = performance.now();
      const done = await this.#transfer().then(
        () => true,
        () => false,
      );
      if (done) this.#longestMs = this.longestMs();
      this.#begunAt = undefined;
      await pause(pauseMs);
    }
  }

  /** To and fro, so that no account runs dry. */
  async #transfer(): Promise<void> {
    const between = this.#count++ % 2 === 0 ? thereAndBack.there : thereAndBack.back;
    const transfer = { id: randomUUID(), fromServer: this.id, toServer: this.id, amount: 1, ...between };
    const limits = { timeoutMs: callTimeoutMs, peer: this.id, signal: this.#ended.signal };
    await callUnary(this.#client, Ledger.service.Transfer, { transfer }, limits);
  }
}
