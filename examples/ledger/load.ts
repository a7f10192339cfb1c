// Moves money between random accounts of random servers until it is told to stop, and measures how long each write took.
// A transfer that failed because a server could not be reached is repeated with the same id, so that it is done once.
import { createHistogram } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@grpc/grpc-js";
import { callStream, callUnary } from "../../proto/call.ts";
import { hasReason, messageOf } from "../../proto/errors.ts";
import { Ledger, ledgerClient, type Transfer, type TransferResult } from "./contract.ts";
import { randomTransfers, type ServerAccounts } from "./random-transfers.ts";

export interface LedgerServer {
  id: string;
  /** host:port */
  address: string;
}

export interface LoadOptions {
  servers: readonly LedgerServer[];
  /** How many transfers are under way at the same time. */
  workers: number;
  seed: number;
  /** Of each worker after each transfer; none by default. */
  pauseMs?: number;
  /** Told how long each transfer took that was done, in milliseconds. */
  onDone?: (ms: number) => void;
}

export interface LoadReport {
  durationMs: number;
  /** Transfers that were done. */
  transfers: number;
  transfersPerSecond: number;
  /** Transfers that were refused for want of money. */
  refused: number;
  /** Transfers that were given up. */
  failed: number;
  /** Why the last one was given up; empty if none was. */
  lastFailure: string;
  /** How often a transfer was repeated. */
  retries: number;
  /** How long a client waited for a write, with all repetitions: the longest, and percentiles. */
  longestMs: number;
  p50Ms: number;
  p99Ms: number;
}

const callTimeoutMs = 10_000;
const retryAfterMs = 50;
const giveUpAfterMs = 30_000;

/** Reads which accounts there are, then begins. */
export async function startLoad({ servers, workers, seed, pauseMs, onDone }: LoadOptions): Promise<Load> {
  const accounts = await Promise.all(servers.map(accountsOf));
  const clients = new Map(servers.map(({ id, address }) => [id, ledgerClient(address)]));
  const transfers = Array.from({ length: workers }, (_, worker) => randomTransfers(accounts, seed + worker));
  return new Load(clients, transfers, { pauseMs, onDone });
}

async function accountsOf({ id, address }: LedgerServer): Promise<ServerAccounts> {
  const client = ledgerClient(address);
  const limits = { timeoutMs: callTimeoutMs, peer: `ledger server ${id}` };
  const accounts: string[] = [];
  try {
    for await (const { name } of callStream(client, Ledger.service.GetAccounts, {}, limits)) accounts.push(name);
    return { id, accounts };
  } finally {
    client.close();
  }
}

/** Keeps a write transaction open on a server. Resolves when it has ended. */
export async function holdTransaction(
  { id, address }: LedgerServer,
  holdMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const client = ledgerClient(address);
  const limits = { timeoutMs: holdMs + callTimeoutMs, peer: `ledger server ${id}`, signal };
  try {
    await callUnary(client, Ledger.service.Hold, { holdMs, owner: "load client" }, limits);
  } finally {
    client.close();
  }
}

export class Load {
  readonly #clients: ReadonlyMap<string, Client>;
  readonly #workers: readonly Promise<void>[];
  readonly #startedAt = performance.now();
  readonly #writeTimes = createHistogram();
  readonly #counts = { transfers: 0, refused: 0, failed: 0, retries: 0 };
  #lastFailure = "";
  readonly #pauseMs: number;
  readonly #onDone: (ms: number) => void;
  #stoppedAt: number | undefined;

  constructor(
    clients: ReadonlyMap<string, Client>,
    transfers: readonly Iterable<Transfer>[],
    { pauseMs = 0, onDone = () => {} }: { pauseMs: number | undefined; onDone: LoadOptions["onDone"] | undefined },
  ) {
    this.#clients = clients;
    this.#pauseMs = pauseMs;
    this.#onDone = onDone;
    this.#workers = transfers.map((each) => this.#work(each));
  }

  /** So far. */
  report(): LoadReport {
    const durationMs = (this.#stoppedAt ?? performance.now()) - this.#startedAt;
    const { transfers } = this.#counts;
    return {
      ...this.#counts,
      durationMs,
      transfersPerSecond: transfers / (durationMs / 1000),
      lastFailure: this.#lastFailure,
      longestMs: this.#writeTimes.count > 0 ? this.#writeTimes.max / 1e6 : 0,
      p50Ms: this.#writeTimes.percentile(50) / 1e6,
      p99Ms: this.#writeTimes.percentile(99) / 1e6,
    };
  }

  /** Begins no more transfers, waits for those under way. Repeatable. */
  async stop(): Promise<LoadReport> {
    this.#stoppedAt ??= performance.now();
    await Promise.all(this.#workers);
    for (const client of this.#clients.values()) client.close();
    return this.report();
  }

  async #work(transfers: Iterable<Transfer>): Promise<void> {
    for (const transfer of transfers) {
      if (this.#stoppedAt !== undefined) return;
      const begunAt = performance.now();
      try {
        const result = await this.#transfer(transfer);
        if (result === "TRANSFER_RESULT_DONE") this.#record(performance.now() - begunAt);
        else this.#counts.refused++;
      } catch (error) {
        this.#counts.failed++;
        this.#lastFailure = messageOf(error);
      }
      if (this.#pauseMs > 0) await pause(this.#pauseMs);
    }
  }

  async #transfer(transfer: Transfer): Promise<TransferResult> {
    const client = this.#clients.get(transfer.fromServer) as Client;
    const limits = { timeoutMs: callTimeoutMs, peer: `ledger server ${transfer.fromServer}` };
    const giveUpAt = performance.now() + giveUpAfterMs;
    for (;;) {
      try {
        return (await callUnary(client, Ledger.service.Transfer, { transfer }, limits)).result;
      } catch (error) {
        if (!hasReason(error, "unreachable") || performance.now() > giveUpAt) throw error;
        this.#counts.retries++;
        await pause(retryAfterMs);
      }
    }
  }

  #record(ms: number): void {
    this.#counts.transfers++;
    this.#writeTimes.record(Math.ceil(ms * 1e6));
    this.#onDone(ms);
  }
}
