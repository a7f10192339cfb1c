// A cluster of real Redis servers for one test file. Whatever ends them, a supervisor starts them again.
import { join } from "node:path";
import { Cluster, type TestServer } from "./cluster.ts";
import { RedisProcess } from "./redis-process.ts";

export class RedisCluster extends Cluster {
  readonly #redis = new Map<string, RedisProcess>();

  /** More settings of a server. */
  protected argsOf(_server: TestServer): string[] {
    return [];
  }

  redis({ id }: TestServer): RedisProcess {
    return this.#redis.get(id) as RedisProcess;
  }

  override async startServer(server: TestServer): Promise<void> {
    const { id, dataDir, address } = server;
    const port = Number(address.split(":")[1]);
    this.#redis.set(id, await RedisProcess.start({ dir: dataDir, port, args: this.argsOf(server), supervised: true }));
  }

  protected override engineOf({ address }: TestServer): object {
    return { engine: { kind: "redis", address } };
  }

  /** The servers on copies of their pieces, each accepting only an AOF that is whole, while `use` runs. */
  async withRestored<Result>(backupId: string, use: (servers: RedisProcess[]) => Promise<Result>): Promise<Result> {
    const starting = this.servers.map(({ id, dataDir }) => {
      const piece = join(dataDir, "backups", backupId, "data");
      return RedisProcess.startOnCopy(piece, join(this.directory, "restored", id));
    });
    const servers = await Promise.all(starting);
    try {
      return await use(servers);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  }

  override async stop(): Promise<void> {
    await Promise.all([...this.#redis.values()].map((server) => server.close()));
    await super.stop();
  }
}
