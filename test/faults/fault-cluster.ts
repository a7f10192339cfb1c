// The cluster that faults are done to: ledger servers, their agents, two coordinators, and an etcd of three members, all
// real processes. Between the coordinators and the agents, the first coordinator and etcd, and each agent and its server
// there is a link that can be cut. Everything can be killed, paused and started again at its old address.

import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentConfig } from "../../agent/config.ts";
import { freePorts } from "../../cli/demo/free-port.ts";
import { EtcdCluster } from "../support/etcd-cluster.ts";
import { Link } from "../support/link.ts";
import { Processes } from "../support/processes.ts";
import type { Report } from "../support/service-process.ts";
import { TestedCoordinator } from "./tested-coordinator.ts";

export interface TestedServer {
  id: string;
  dataDir: string;
  /** Of the ledger. */
  address: string;
  /** unix:/path, of its engine. */
  socket: string;
  /** Where the agent listens; the Plan names the link to it. */
  agent: string;
  toAgent: Link;
  toEngine: Link;
}

/** What an agent tells that a test looks at. */
export interface AgentEvent {
  step: string;
  server: string;
  /** Of a lock's events; empty for others. */
  backupId: string;
}

export interface FaultClusterOptions {
  /** Where the data of a server is to be, by its id; else in a directory of the cluster's own. */
  dataDirs?: Record<string, string>;
  /** How long a dead coordinator's claim lasts. */
  claimTtlMs?: number;
}

/** Short, so that a test need not wait for long; but etcd must be able to elect a new leader in the time. */
export const claimTtlMs = 3000;
/** Longest wait of a round, and what a hold may last beyond the waits. */
export const maxWaitMs = 500;
export const holdMs = 1000;

const serviceScript = new URL("../support/service-process.ts", import.meta.url);
const ledgerScript = new URL("../../examples/ledger/main.ts", import.meta.url);
const serverCount = 3;
const accounts = 50;

export class FaultCluster implements AsyncDisposable {
  readonly directory: string;
  readonly etcd: EtcdCluster;
  readonly processes: Processes;
  readonly servers: TestedServer[] = [];
  readonly coordinators: TestedCoordinator[] = [];
  /** From the first coordinator to etcd, one for each member. */
  readonly toEtcd: Link[] = [];
  /** Of all agents, in the order in which they came. */
  readonly agentEvents: AgentEvent[] = [];
  readonly #options: FaultClusterOptions;

  static async start(options: FaultClusterOptions = {}): Promise<FaultCluster> {
    for (let triesLeft = 2; ; triesLeft--) {
      const directory = await mkdtemp(join(tmpdir(), "stillpoint-faults-"));
      const cluster = new FaultCluster(directory, await EtcdCluster.start(), options);
      try {
        await cluster.#start();
        return cluster;
      } catch (error) {
        await cluster.close();
        if (triesLeft === 0) throw error; // else another program was quicker to take a free port
      }
    }
  }

  private constructor(directory: string, etcd: EtcdCluster, options: FaultClusterOptions) {
    this.directory = directory;
    this.etcd = etcd;
    this.#options = options;
    this.processes = new Processes(directory);
  }

  /** The one that faults are done to, or whose run meets them. */
  get victim(): TestedCoordinator {
    return this.coordinators[0] as TestedCoordinator;
  }

  /** The one that goes on when the first is gone. */
  get other(): TestedCoordinator {
    return this.coordinators[1] as TestedCoordinator;
  }

  async startServer({ id, dataDir, address, socket }: TestedServer): Promise<void> {
    await mkdir(dataDir, { recursive: true });
    const peers = this.servers.map((server) => `${server.id}=${server.address}`).join(",");
    const options = ["--id", id, "--data-dir", dataDir, "--listen", address, "--peers", peers, "--engine", socket];
    const name = `server-${id}`;
    const child = await this.processes.fork(name, ledgerScript, [...options, "--accounts", `${accounts}`]);
    await this.processes.started(name, once(child.stdout as NodeJS.ReadableStream, "data")); // the line that says so
  }

  async startAgent({ id, dataDir, agent, toEngine }: TestedServer): Promise<void> {
    const engine = { kind: "grpc", address: toEngine.address };
    const config = agentConfig.parse({ server: id, listen: agent, dataDir, engine, files: "leveldb" });
    const args = ["agent", JSON.stringify(config)];
    const name = `agent-${id}`;
    const child = await this.processes.fork(name, serviceScript, args, ["--expose-gc"]);
    child.on("message", (report: Report) => {
      if (!("event" in report)) return;
      const { step, ref } = report.event;
      this.agentEvents.push({ step, server: id, backupId: ref?.backupId ?? "" });
    });
    await this.processes.started(name, once(child, "message"));
  }

  async addCoordinator(endpoints: string[]): Promise<TestedCoordinator> {
    const [port] = await freePorts(1);
    const name = `coordinator-${this.coordinators.length + 1}`;
    const coordinator = new TestedCoordinator(this.processes, name, `127.0.0.1:${port}`, {
      name,
      agency: { kind: "etcd", endpoints },
      claimTtl: `${this.#options.claimTtlMs ?? claimTtlMs}ms`,
      backup: { hold: `${holdMs}ms`, timeout: "8s", patience: 0.1, maxWait: `${maxWaitMs}ms` },
    });
    await coordinator.start();
    this.coordinators.push(coordinator);
    return coordinator;
  }

  async close(): Promise<void> {
    for (const coordinator of this.coordinators) coordinator.close();
    await this.processes.killAll();
    await Promise.all(this.#links.map((link) => link.close()));
    await this.etcd.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #links(): Link[] {
    return [...this.toEtcd, ...this.servers.flatMap(({ toAgent, toEngine }) => [toAgent, toEngine])];
  }

  async #start(): Promise<void> {
    const { dataDirs = {} } = this.#options;
    const ports = await freePorts(2 * serverCount);
    for (let index = 0; index < serverCount; index++) {
      const id = `db${index + 1}`;
      const agent = `127.0.0.1:${ports[2 * index]}`;
      const socket = `unix:${join(this.directory, `${id}.sock`)}`;
      const [toAgent, toEngine] = [await Link.start(agent), await Link.start(socket)];
      const address = `127.0.0.1:${ports[2 * index + 1]}`;
      this.servers.push({
        id,
        dataDir: dataDirs[id] ?? join(this.directory, id),
        address,
        socket,
        agent,
        toAgent,
        toEngine,
      });
    }
    for (const endpoint of this.etcd.endpoints) this.toEtcd.push(await Link.start(endpoint));
    await Promise.all(this.servers.map((server) => this.startServer(server)));
    await Promise.all(this.servers.map((server) => this.startAgent(server)));
    await this.addCoordinator(this.toEtcd.map(({ address }) => address));
    await this.addCoordinator(this.etcd.endpoints);
    await this.other.applyPlan(this.servers.map(({ id, toAgent }) => ({ id, agent: toAgent.address })));
  }
}
