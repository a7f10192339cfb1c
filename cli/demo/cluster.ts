// The demo's cluster, each part a process of its own: three ledger servers, an agent beside each, a coordinator, and etcd if
// it is asked for. All its files are in one directory.
//
//   db1/, db2/, db3/    data (with the backups in it), agent.yaml, engine.sock
//   coordinator/        coordinator.yaml, and the agency's file or etcd's data
//   logs/               what each process writes
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { Ledger, ledgerClient } from "../../examples/ledger/contract.ts";
import { callUnary } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import { CoordinatorClient } from "../coordinator-client.ts";
import { startEtcd } from "./demo-etcd.ts";
import { DemoProcess } from "./demo-process.ts";
import { isFree } from "./free-port.ts";

export interface ClusterOptions {
  directory: string;
  agency: "embedded" | "etcd";
  /** The servers say that they have stopped writes, and have not. */
  lie: boolean;
  /** The coordinator's port, if it is free. */
  preferredPort: number;
}

export interface DemoServer {
  id: string;
  /** host:port for the ledger's clients. */
  address: string;
  /** host:port */
  agent: string;
  dataDir: string;
}

export interface Cluster extends AsyncDisposable {
  servers: DemoServer[];
  /** host:port */
  coordinator: string;
  client: CoordinatorClient;
}

type Start = (name: string, command: string[]) => DemoProcess;

const serverIds = ["db1", "db2", "db3"];
const healthyWithinMs = 20_000;
const askEveryMs = 50;

/** Resolves when all of it works. Disposing of it ends all processes. */
export async function startCluster(options: ClusterOptions, signal: AbortSignal): Promise<Cluster> {
  const { directory } = options;
  await using stack = new AsyncDisposableStack();
  const processes: DemoProcess[] = [];
  stack.defer(async () => void (await Promise.all(processes.map((each) => each.end()))));
  const start: Start = (name, command) => {
    const started = new DemoProcess(name, command, join(directory, "logs", `${name}.log`));
    processes.push(started);
    return started;
  };
  await mkdir(join(directory, "logs"));
  const starting = await Promise.all(serverIds.map((id) => startServer(id, options, start)));
  const coordinator = await startCoordinator(options, start, signal);
  const servers = await Promise.all(
    starting.map(async ({ id, dataDir, ledger, agent }) => {
      return { id, address: await ledger.address(signal), agent: await agent.address(signal), dataDir };
    }),
  );
  await introduce(servers);
  const client = stack.use(new CoordinatorClient(coordinator, signal));
  await writePlan(servers, client);
  await allAreHealthy(client, signal);
  const started = stack.move();
  return { servers, coordinator, client, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function startServer(id: string, { directory, lie }: ClusterOptions, start: Start) {
  const home = join(directory, id);
  const dataDir = join(home, "data");
  const socket = `unix:${join(home, "engine.sock")}`;
  const config = join(home, "agent.yaml");
  const engine = { kind: "grpc", address: socket };
  await mkdir(dataDir, { recursive: true });
  await writeFile(config, stringify({ server: id, listen: "127.0.0.1:0", dataDir, engine, files: "leveldb" }));
  const flags = ["--id", id, "--data-dir", dataDir, "--engine", socket, ...(lie ? ["--lie", "stop"] : [])];
  const ledger = start(id, [process.execPath, programs.ledger, ...flags]);
  const agent = start(`${id}-agent`, [process.execPath, programs.stillpoint, "agent", "--config", config]);
  return { id, dataDir, ledger, agent };
}

async function startCoordinator(options: ClusterOptions, start: Start, signal: AbortSignal): Promise<string> {
  const home = join(options.directory, "coordinator");
  const config = join(home, "coordinator.yaml");
  await mkdir(home);
  const agency =
    options.agency === "etcd"
      ? { kind: "etcd", endpoints: [await startEtcd(join(home, "etcd"), start, signal)] }
      : { kind: "embedded", file: join(home, "agency.db") };
  const port = (await isFree(options.preferredPort)) ? options.preferredPort : 0;
  await writeFile(config, stringify({ listen: `127.0.0.1:${port}`, agency }));
  const command = [process.execPath, programs.stillpoint, "coordinator", "--config", config];
  return await start("coordinator", command).address(signal);
}

/** Tells each server where the others are: nobody knew before they listened. */
async function introduce(servers: readonly DemoServer[]): Promise<void> {
  const addresses = Object.fromEntries(servers.map(({ id, address }) => [id, address]));
  const calls = servers.map(async ({ id, address }) => {
    const client = ledgerClient(address);
    const limits = { timeoutMs: 5_000, peer: `ledger server ${id}` };
    await callUnary(client, Ledger.service.SetPeers, { addresses }, limits).finally(() => client.close());
  });
  await Promise.all(calls);
}

async function writePlan(servers: readonly DemoServer[], client: CoordinatorClient): Promise<void> {
  await client.applyPlan(
    servers.map(({ id, agent }) => ({ key: `DBServers/${id}`, value: Buffer.from(JSON.stringify({ agent })) })),
  );
}

async function allAreHealthy(client: CoordinatorClient, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + healthyWithinMs;
  for (;;) {
    const { servers } = await client.getStatus();
    const waitedFor = servers.filter(({ state }) => !state?.healthy).map(({ id }) => id);
    if (waitedFor.length === 0) return;
    if (performance.now() > giveUpAt) throw new StillpointError("unreachable", `not healthy: ${waitedFor.join(", ")}`);
    await pause(askEveryMs, undefined, { signal });
  }
}

const programs = {
  ledger: fileURLToPath(new URL("../../examples/ledger/main.ts", import.meta.url)),
  stillpoint: fileURLToPath(new URL("../stillpoint.js", import.meta.url)),
};
