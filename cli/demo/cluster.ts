// The demo's cluster, each part a process of its own: three database servers, an agent beside each, a coordinator, and etcd if
// it is asked for. All its files are in one directory.
//
//   db1/, db2/, db3/    data (with the backups in it), agent.yaml
//   coordinator/        coordinator.yaml, and the agency's file or etcd's data
//   logs/               what each process writes
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { StillpointError } from "../../proto/errors.ts";
import { CoordinatorClient } from "../coordinator-client.ts";
import { startEtcd } from "./demo-etcd.ts";
import { DemoProcess } from "./demo-process.ts";
import type { DemoEngine, DemoServer, StartProcess } from "./engines/demo-engine.ts";
import { isFree } from "./free-port.ts";

export interface ClusterOptions {
  engine: DemoEngine;
  directory: string;
  agency: "embedded" | "etcd";
  /** The servers say that they have stopped writes, and have not. */
  lie: boolean;
  /** The coordinator's port, if it is free. */
  preferredPort: number;
}

export interface Cluster extends AsyncDisposable {
  servers: DemoServer[];
  /** host:port */
  coordinator: string;
  client: CoordinatorClient;
}

const serverIds = ["db1", "db2", "db3"];
const healthyWithinMs = 20_000;
const askEveryMs = 50;

/** Resolves when all of it works. Disposing of it ends all processes. */
export async function startCluster(options: ClusterOptions, signal: AbortSignal): Promise<Cluster> {
  const { directory } = options;
  await using stack = new AsyncDisposableStack();
  const processes: DemoProcess[] = [];
  stack.defer(async () => void (await Promise.all(processes.map((each) => each.end()))));
  const start: StartProcess = (name, command) => {
    const started = new DemoProcess(name, command, join(directory, "logs", `${name}.log`));
    processes.push(started);
    return started;
  };
  await mkdir(join(directory, "logs"));
  const starting = await Promise.all(serverIds.map((id) => startServer(id, options, start)));
  const coordinator = await startCoordinator(options, start, signal);
  const servers = await Promise.all(
    starting.map(async ({ id, dataDir, server, agent }) => {
      return { id, address: await server.address(signal), agent: await agent.address(signal), dataDir };
    }),
  );
  await options.engine.introduce(servers, signal);
  const client = stack.use(new CoordinatorClient(coordinator, signal));
  await writePlan(servers, client);
  await allAreHealthy(client, signal);
  const started = stack.move();
  return { servers, coordinator, client, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function startServer(id: string, { directory, engine, lie }: ClusterOptions, start: StartProcess) {
  const home = join(directory, id);
  const dataDir = join(home, "data");
  const config = join(home, "agent.yaml");
  await mkdir(dataDir, { recursive: true });
  const server = await engine.start({ id, home, dataDir, lie }, start);
  await writeFile(config, stringify({ server: id, listen: "127.0.0.1:0", dataDir, ...server.config }));
  const agent = start(`${id}-agent`, [process.execPath, stillpoint, "agent", "--config", config]);
  return { id, dataDir, server, agent };
}

async function startCoordinator(options: ClusterOptions, start: StartProcess, signal: AbortSignal): Promise<string> {
  const home = join(options.directory, "coordinator");
  const config = join(home, "coordinator.yaml");
  await mkdir(home);
  const agency =
    options.agency === "etcd"
      ? { kind: "etcd", endpoints: [await startEtcd(join(home, "etcd"), start, signal)] }
      : { kind: "embedded", file: join(home, "agency.db") };
  const port = (await isFree(options.preferredPort)) ? options.preferredPort : 0;
  await writeFile(config, stringify({ listen: `127.0.0.1:${port}`, agency }));
  const command = [process.execPath, stillpoint, "coordinator", "--config", config];
  return await start("coordinator", command).address(signal);
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

const stillpoint = fileURLToPath(new URL("../stillpoint.js", import.meta.url));
