// A cluster of real MariaDB servers for one test file. Whatever ends them, they are started again, but while their gate is shut.
import { callStream } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { RestoreBackupRequestInput } from "../../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";
import type { RestoreResult } from "../../proto/gen/stillpoint/v1/RestoreResult.ts";
import { Cluster, type TestServer } from "./cluster.ts";
import { grantsTo, MariadbServer } from "./mariadb-server.ts";

/** The agents of a cluster are told their configuration as JSON, which would not show a password. */
export const passwordless = grantsTo("agent@localhost");

/** A replay takes its time on a busy machine. */
const restoreWithinMs = 180_000;

export abstract class MariadbCluster extends Cluster {
  readonly #mariadb = new Map<string, MariadbServer>();

  /** What each server's data is a copy of. */
  protected abstract readonly template: string;

  mariadb({ id }: TestServer): MariadbServer {
    return this.#mariadb.get(id) as MariadbServer;
  }

  get all(): MariadbServer[] {
    return this.servers.map((server) => this.mariadb(server));
  }

  override async startServer(server: TestServer): Promise<void> {
    const started = await MariadbServer.start(this.template);
    server.dataDir = started.dataDir;
    this.#mariadb.set(server.id, started);
  }

  protected override engineOf(server: TestServer): object {
    return { engine: { kind: "mariadb", address: this.mariadb(server).address, username: "agent" } };
  }

  override async restore(request: RestoreBackupRequestInput): Promise<RestoreResult> {
    const limits = { timeoutMs: restoreWithinMs, peer: "coordinator" };
    for await (const message of callStream(this.client, Coordinator.service.RestoreBackup, request, limits)) {
      if (message.result) return message.result;
    }
    throw new Error("the coordinator ended its answer early");
  }

  override async stop(): Promise<void> {
    await super.stop();
    await Promise.all(this.all.map((server) => server.remove()));
  }
}
