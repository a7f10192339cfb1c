// A cluster of real processes for one test file: servers, their agents, a coordinator with the embedded agency. Each can be
// killed and started again at its old address. The servers are ledger servers, if a subclass does not start others.
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { agentConfig } from "../../agent/config.ts";
import { freePorts } from "../../cli/demo/free-port.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { startLoad } from "../../examples/ledger/load.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import type { CreateBackupRequestInput } from "../../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { RestoreBackupRequestInput } from "../../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";
import type { RestoreResult } from "../../proto/gen/stillpoint/v1/RestoreResult.ts";
import { clientOptions } from "../../proto/load.ts";
import { Processes } from "./processes.ts";

export interface TestServer {
  id: string;
  dataDir: string;
  /** Of the ledger server. */
  address: string;
  agent: string;
}

export interface ClusterOptions {
  /**
   * A directory as `stillpoint certs init` makes it: all ports want one of them then, the test's own client has none, and
   * the Plan is the test's to write.
   */
  certificates?: string;
  /** Short ones for tests of faults, unless they say otherwise. */
  claimTtl?: string;
  hold?: string;
}

type Fault = [] | [step: string] | [step: string, signal: NodeJS.Signals];

export const holdMs = 1500;
export const claimTtlMs = 1000;

const serviceScript = new URL("./service-process.ts", import.meta.url);
const ledgerScript = new URL("../../examples/ledger/main.ts", import.meta.url);

export class Cluster {
  readonly directory: string;
  readonly servers: TestServer[];
  readonly coordinator: string;
  readonly #options: ClusterOptions;
  readonly #processes: Processes;
  readonly client: InstanceType<typeof Coordinator>;

  constructor(directory: string, servers: TestServer[], coordinator: string, options: ClusterOptions = {}) {
    this.directory = directory;
    this.#processes = new Processes(directory);
    this.servers = servers;
    this.coordinator = coordinator;
    this.#options = options;
    this.client = new Coordinator(coordinator, credentials.createInsecure(), clientOptions);
  }

  static async start<Kind extends Cluster>(
    this: new (
      ...args: ConstructorParameters<typeof Cluster>
    ) => Kind,
    size = 3,
    options: ClusterOptions = {},
  ): Promise<Kind> {
    const directory = await mkdtemp(join(tmpdir(), "stillpoint-cluster-"));
    const [coordinatorPort, ...ports] = await freePorts(1 + 2 * size);
    const servers = Array.from({ length: size }, (_, index) => ({
      id: `db${index + 1}`,
      dataDir: join(directory, `db${index + 1}`),
      address: `127.0.0.1:${ports[2 * index]}`,
      agent: `127.0.0.1:${ports[2 * index + 1]}`,
    }));
    const cluster = new this(directory, servers, `127.0.0.1:${coordinatorPort}`, options);
    await Promise.all(servers.map((server) => cluster.startServer(server)));
    await Promise.all(servers.map((server) => cluster.startAgent(server)));
    await cluster.startCoordinator();
    if (options.certificates === undefined) await cluster.applyPlan();
    return cluster;
  }

  async startServer({ id, dataDir, address }: TestServer): Promise<void> {
    await mkdir(dataDir, { recursive: true });
    const peers = this.servers.map((server) => `${server.id}=${server.address}`).join(",");
    const options = ["--id", id, "--data-dir", dataDir, "--listen", address, "--peers", peers, "--accounts", "50"];
    const args = [...options, "--engine", this.#socket(id)];
    const child = await this.#processes.fork(`server-${id}`, ledgerScript, args);
    await once(child.stdout as NodeJS.ReadableStream, "data"); // the line that says it is ready
  }

  /** The fault is a step, and the signal that hits the agent there; SIGKILL if it is left out. */
  async startAgent(server: TestServer, ...fault: Fault): Promise<void> {
    const { id, dataDir, agent } = server;
    const own = { server: id, listen: agent, dataDir, ...this.engineOf(server) };
    await this.#startService(`agent-${id}`, "agent", agentConfig.parse({ ...own, ...this.#tls("agent") }), fault);
  }

  /** That part of an agent's configuration. */
  protected engineOf({ id }: TestServer): object {
    return { engine: { kind: "grpc", address: this.#socket(id) }, files: "leveldb" };
  }

  async startCoordinator(...fault: Fault): Promise<void> {
    await this.#startService("coordinator", "coordinator", this.#coordinatorConfig(this.coordinator), fault);
  }

  /** Another coordinator over the same agency. */
  async startSecondCoordinator(): Promise<InstanceType<typeof Coordinator>> {
    const [port] = await freePorts(1);
    const address = `127.0.0.1:${port}`;
    await this.#startService("second-coordinator", "coordinator", this.#coordinatorConfig(address));
    return new Coordinator(address, credentials.createInsecure(), clientOptions);
  }

  #coordinatorConfig(listen: string) {
    return coordinatorConfig.parse({
      name: `coordinator at ${listen}`,
      listen,
      agency: { kind: "embedded", file: join(this.directory, "agency.db") },
      claimTtl: this.#options.claimTtl ?? `${claimTtlMs}ms`,
      backup: { hold: this.#options.hold ?? `${holdMs}ms`, timeout: "10s", patience: 0.1 },
      ...this.#tls("coordinator"),
    });
  }

  #tls(name: string): object {
    const { certificates } = this.#options;
    if (certificates === undefined) return {};
    const home = join(certificates, name);
    return { tls: { ca: join(home, "ca.crt"), cert: join(home, "tls.crt"), key: join(home, "tls.key") } };
  }

  /** What a process has written to its log. */
  log(name: string): Promise<string> {
    return readFile(join(this.directory, `${name}.log`), "utf8");
  }

  kill(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    return this.#processes.kill(name, signal);
  }

  /** Resolves when the process has ended by itself. */
  ended(name: string): Promise<void> {
    return this.#processes.ended(name);
  }

  load(workers = 4) {
    return startLoad({ servers: this.servers, workers, seed: 1 });
  }

  /** @throws StillpointError of the run */
  async create(
    request: CreateBackupRequestInput = {},
    onStep?: (step: string) => void | Promise<void>,
    client = this.client,
  ): Promise<Backup> {
    const limits = { timeoutMs: 60_000, peer: "coordinator" };
    for await (const message of callStream(client, Coordinator.service.CreateBackup, request, limits)) {
      if (message.event) await onStep?.(message.event.step);
      if (message.backup) return message.backup;
    }
    throw new Error("the coordinator ended its answer early");
  }

  async list(): Promise<Backup[]> {
    return (await callUnary(this.client, Coordinator.service.ListBackups, {}, this.#limits)).backups;
  }

  async isValid(id: string): Promise<boolean> {
    for await (const { verdict } of callStream(this.client, Coordinator.service.VerifyBackup, { id }, this.#limits)) {
      if (verdict) return verdict.valid;
    }
    throw new Error("the coordinator ended its answer early");
  }

  /** @throws StillpointError of the run */
  async restore(request: RestoreBackupRequestInput): Promise<RestoreResult> {
    for await (const message of callStream(this.client, Coordinator.service.RestoreBackup, request, this.#limits)) {
      if (message.result) return message.result;
    }
    throw new Error("the coordinator ended its answer early");
  }

  /** Ids of pieces that are neither committed nor removed, on any server. */
  async staged(): Promise<string[]> {
    const each = this.servers.map(({ dataDir }) => readdir(join(dataDir, "backups", ".staging")));
    return (await Promise.all(each)).flat();
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.#processes.killAll();
    await rm(this.directory, { recursive: true, force: true });
  }

  async applyPlan(servers = this.servers): Promise<void> {
    const entries = servers.map(({ id, agent }) => ({
      key: `DBServers/${id}`,
      value: Buffer.from(JSON.stringify({ agent })),
    }));
    await callUnary(this.client, Coordinator.service.ApplyPlan, { entries }, this.#limits);
  }

  get #limits() {
    return { timeoutMs: 20_000, peer: "coordinator" };
  }

  #socket(id: string): string {
    return `unix:${join(this.directory, `${id}.sock`)}`;
  }

  async #startService(name: string, kind: string, config: object, fault: Fault = []): Promise<void> {
    const child = await this.#processes.fork(name, serviceScript, [kind, JSON.stringify(config), ...fault]);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error(`${name} did not start, see its log`))),
    ]);
  }
}
