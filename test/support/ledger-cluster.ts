// Ledger servers as real processes, without agents, for one test file. Each can be killed and started again at its address.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { MethodDefinition } from "@grpc/proto-loader";
import type { Engine, StoppedWrites } from "../../agent/engines/engine.ts";
import { grpcEngine } from "../../agent/engines/grpc.ts";
import { checkLedger, type LedgerCheck } from "../../examples/ledger/check.ts";
import { Ledger, ledgerClient, type Stats } from "../../examples/ledger/contract.ts";
import { callUnary } from "../../proto/call.ts";
import { copyLevelDb } from "./copy-leveldb.ts";
import { eventually } from "./eventually.ts";

const program = fileURLToPath(new URL("../../examples/ledger/main.ts", import.meta.url));
const limits = { timeoutMs: 10_000, peer: "ledger server" };
type Method<Input, Output> = MethodDefinition<Input, object, object, Output>;
const noSignal = new AbortController().signal;

export interface LedgerProcess {
  id: string;
  dataDir: string;
  address: string;
  /** unix:/path */
  socket: string;
  /** As the agent beside it would have it. */
  engine: Engine;
}

export class LedgerCluster {
  readonly directory: string;
  readonly servers: LedgerProcess[] = [];
  readonly #options: readonly string[];
  readonly #processes = new Map<string, ChildProcess>();
  #locks = 0;

  /** @param options of the command, for every server */
  static async start(ids: readonly string[], ...options: string[]): Promise<LedgerCluster> {
    const cluster = new LedgerCluster(await mkdtemp(join(tmpdir(), "ledger-")), options);
    cluster.servers.push(...(await Promise.all(ids.map((id) => cluster.#startNew(id)))));
    const addresses = Object.fromEntries(cluster.servers.map(({ id, address }) => [id, address]));
    for (const { address } of cluster.servers) await ask(address, Ledger.service.SetPeers, { addresses });
    return cluster;
  }

  private constructor(directory: string, options: readonly string[]) {
    this.directory = directory;
    this.#options = options;
  }

  server(id: string): LedgerProcess {
    return this.servers.find((server) => server.id === id) as LedgerProcess;
  }

  stats({ address }: LedgerProcess): Promise<Stats> {
    return ask(address, Ledger.service.GetStats, {});
  }

  /** Stops the writes of all servers at once. */
  stopWrites(waitMs: number): Promise<StoppedWrites[]> {
    this.#locks += 1;
    const request = { lockId: `lock-${this.#locks}`, waitMs, holdMs: 20_000 };
    return Promise.all(this.servers.map(({ engine }) => engine.stopWrites(request, noSignal)));
  }

  /** Copies each server's files as they are now. Returns where the copies are. */
  async copyFiles(): Promise<{ dataDir: string }[]> {
    const target = await mkdtemp(join(this.directory, "copy-"));
    const copies: { dataDir: string }[] = [];
    for (const { id, dataDir } of this.servers) {
      await copyLevelDb(join(dataDir, "db"), join(target, id, "db"));
      copies.push({ dataDir: join(target, id) });
    }
    return copies;
  }

  async signal({ id }: LedgerProcess, signal: NodeJS.Signals): Promise<void> {
    const child = this.#processes.get(id) as ChildProcess;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** At the address that it had. */
  async startAgain({ id, address }: LedgerProcess): Promise<void> {
    const peers = this.servers.map((server) => `${server.id}=${server.address}`).join(",");
    await this.#run(id, "--listen", address, "--peers", peers);
  }

  /** What the servers say when nothing is in doubt any more. Nobody may write meanwhile. */
  async check(): Promise<LedgerCheck> {
    for (const server of this.servers) {
      const isSettled = async () => (await this.stats(server)).inDoubt === 0;
      await eventually(isSettled, 10_000, `server ${server.id} is still in doubt`);
    }
    return await checkLedger(this.servers.map(({ address }) => ({ address })));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(({ engine }) => engine.close()));
    await Promise.all(this.servers.map((server) => this.signal(server, "SIGKILL")));
    await rm(this.directory, { recursive: true });
  }

  async #startNew(id: string): Promise<LedgerProcess> {
    const address = await this.#run(id);
    const socket = this.#socket(id);
    return { id, dataDir: join(this.directory, id), address, socket, engine: grpcEngine({ address: socket }) };
  }

  /** Returns the address that it serves at. Its log is a file beside its data. */
  async #run(id: string, ...more: string[]): Promise<string> {
    const own = ["--id", id, "--data-dir", join(this.directory, id), "--engine", this.#socket(id)];
    const log = openSync(join(this.directory, `${id}.log`), "a");
    const args = [program, ...own, ...this.#options, ...more];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", log] });
    closeSync(log);
    this.#processes.set(id, child);
    const lines = createInterface(child.stdout as NodeJS.ReadableStream);
    const [line] = await Promise.race([once(lines, "line"), once(child, "exit")]);
    if (typeof line !== "string")
      throw new Error(`server ${id} ended: ${readFileSync(join(this.directory, `${id}.log`))}`);
    return JSON.parse(line).address;
  }

  #socket(id: string): string {
    return `unix:${join(this.directory, `${id}.sock`)}`;
  }
}

/** One call on a connection of its own. */
export function ask<Input, Output>(address: string, method: Method<Input, Output>, request: Input): Promise<Output> {
  const client = ledgerClient(address);
  return callUnary(client, method, request, limits).finally(() => client.close());
}
