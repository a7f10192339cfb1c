// A coordinator as a process, and its client. It can be made to stop at a step of its run, so that a fault happens there.
import { once } from "node:events";
import { credentials } from "@grpc/grpc-js";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import type { CreateBackupRequestInput } from "../../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { RestoreResult } from "../../proto/gen/stillpoint/v1/RestoreResult.ts";
import { clientOptions } from "../../proto/load.ts";
import type { Processes } from "../support/processes.ts";
import type { Order, Report } from "../support/service-process.ts";

const serviceScript = new URL("../support/service-process.ts", import.meta.url);
const runWithinMs = 150_000;

export class TestedCoordinator {
  readonly name: string;
  readonly #processes: Processes;
  readonly #config: object;
  readonly #client: InstanceType<typeof Coordinator>;
  #tell: (order: Order) => void = () => {};
  #onReport: (report: Report) => void = () => {};

  constructor(processes: Processes, name: string, address: string, config: object) {
    this.#processes = processes;
    this.name = name;
    this.#config = coordinatorConfig.parse({ ...config, listen: address });
    this.#client = new Coordinator(address, credentials.createInsecure(), clientOptions);
  }

  /** Starts it, again if it runs. */
  async start(): Promise<void> {
    const args = ["coordinator", JSON.stringify(this.#config)];
    const child = await this.#processes.fork(this.name, serviceScript, args, ["--expose-gc"]);
    this.#tell = (order) => void child.send(order);
    child.on("message", (report: Report) => this.#onReport(report));
    await this.#processes.started(this.name, once(child, "message"));
  }

  /** Resolves when its run has come to the step, and the process stands still there. */
  stopAt(step: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#onReport = (report) => {
      if ("stoppedAt" in report) this.#processes.stopped(this.name).then(resolve, reject);
    };
    this.#tell({ stopAt: step });
    return promise;
  }

  goOn(): void {
    this.#processes.signal(this.name, "SIGCONT");
  }

  kill(): Promise<void> {
    return this.#processes.kill(this.name);
  }

  /** @throws StillpointError of the run */
  async create(request: CreateBackupRequestInput = {}): Promise<Backup> {
    const limits = { timeoutMs: runWithinMs, peer: this.name };
    for await (const { backup } of callStream(this.#client, Coordinator.service.CreateBackup, request, limits)) {
      if (backup) return backup;
    }
    throw new Error(`${this.name} ended its answer early`);
  }

  /** @throws StillpointError of the run */
  async restore(id: string): Promise<RestoreResult> {
    const limits = { timeoutMs: runWithinMs, peer: this.name };
    for await (const { result } of callStream(this.#client, Coordinator.service.RestoreBackup, { id }, limits)) {
      if (result) return result;
    }
    throw new Error(`${this.name} ended its answer early`);
  }

  async list(): Promise<Backup[]> {
    return (await callUnary(this.#client, Coordinator.service.ListBackups, {}, this.#limits)).backups;
  }

  async isValid(id: string): Promise<boolean> {
    const limits = { timeoutMs: runWithinMs, peer: this.name };
    for await (const { verdict } of callStream(this.#client, Coordinator.service.VerifyBackup, { id }, limits)) {
      if (verdict) return verdict.valid;
    }
    throw new Error(`${this.name} ended its answer early`);
  }

  async delete(id: string): Promise<void> {
    await callUnary(this.#client, Coordinator.service.DeleteBackup, { id }, this.#limits);
  }

  async applyPlan(servers: { id: string; agent: string }[]): Promise<void> {
    const entries = servers.map(({ id, agent }) => ({
      key: `DBServers/${id}`,
      value: Buffer.from(JSON.stringify({ agent })),
    }));
    await callUnary(this.#client, Coordinator.service.ApplyPlan, { entries }, this.#limits);
  }

  close(): void {
    this.#client.close();
  }

  get #limits() {
    return { timeoutMs: 20_000, peer: this.name };
  }
}
