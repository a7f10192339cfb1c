// One ledger server, with an agent and a coordinator that are started as a user starts them, as often as one likes.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { CoordinatorClient } from "../../cli/coordinator-client.ts";
import { DemoProcess } from "../../cli/demo/demo-process.ts";
import { ledgerDemo } from "../../cli/demo/engines/ledger.ts";
import { freePorts } from "../../cli/demo/free-port.ts";
import type { RunEvent } from "../../proto/gen/stillpoint/v1/RunEvent.ts";
import { backUp } from "../back-up.ts";
import { MeasuredProcess } from "./measured-process.ts";

const forever = new AbortController().signal;
const serverId = "db1";

export class SmallCluster implements AsyncDisposable {
  readonly dataDir: string;
  /** Of the ledger server: host:port. */
  readonly address: string;
  readonly client: CoordinatorClient;
  readonly #home: string;
  readonly #engine: object;
  readonly #agent: string;
  readonly #coordinator: string;
  readonly #stack: AsyncDisposableStack;

  static async open(): Promise<SmallCluster> {
    await using stack = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    stack.defer(() => rm(home, { recursive: true }));
    const dataDir = join(home, "data");
    await mkdir(dataDir);
    const { config, address } = await ledgerDemo.start({ id: serverId, home, dataDir, lie: false }, (name, command) =>
      stack.adopt(new DemoProcess(name, command, join(home, `${name}.log`)), (each) => each.end()),
    );
    const ports = await freePorts(2);
    const server = await address(forever);
    return new SmallCluster({ home, dataDir, config, server, ports, stack: stack.move() });
  }

  private constructor(made: {
    home: string;
    dataDir: string;
    config: object;
    server: string;
    ports: number[];
    stack: AsyncDisposableStack;
  }) {
    this.#home = made.home;
    this.dataDir = made.dataDir;
    this.#engine = made.config;
    this.address = made.server;
    [this.#agent, this.#coordinator] = made.ports.map((port) => `127.0.0.1:${port}`) as [string, string];
    this.#stack = made.stack;
    this.client = this.#stack.use(new CoordinatorClient(this.#coordinator, forever));
  }

  startAgent(keys: object = {}, env: NodeJS.ProcessEnv = {}): Promise<MeasuredProcess> {
    const config = { server: serverId, listen: this.#agent, dataDir: this.dataDir, ...this.#engine, ...keys };
    return this.#start("agent", this.#agent, config, env);
  }

  startCoordinator(env: NodeJS.ProcessEnv = {}): Promise<MeasuredProcess> {
    const agency = { kind: "embedded", file: join(this.#home, "agency.db") };
    return this.#start("coordinator", this.#coordinator, { listen: this.#coordinator, agency }, env);
  }

  /** To be done once, when the coordinator runs. */
  async applyPlan(): Promise<void> {
    const value = Buffer.from(JSON.stringify({ agent: this.#agent }));
    await this.client.applyPlan([{ key: `DBServers/${serverId}`, value }]);
  }

  /** Returns the backup's id. */
  async backUp(onEvent?: (event: RunEvent) => void): Promise<string> {
    return (await backUp(this.client, onEvent)).id;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #start(kind: string, address: string, config: object, env: NodeJS.ProcessEnv): Promise<MeasuredProcess> {
    const file = join(this.#home, `${kind}.yaml`);
    await writeFile(file, stringify({ ...config, logLevel: "warn" }));
    return await MeasuredProcess.service(kind, file, address, env);
  }
}
