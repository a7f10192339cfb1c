// A Redis Cluster: real servers that share the slots among them, know each other over their bus, and send a client that asks
// the wrong one to the right one.
import { join } from "node:path";
import { type Redis, Cluster as RedisClient } from "ioredis";
import { freePorts } from "../../cli/demo/free-port.ts";
import type { TestServer } from "./cluster.ts";
import { eventually } from "./eventually.ts";
import { RedisCluster } from "./redis-cluster.ts";
import { RedisProcess } from "./redis-process.ts";

const slots = 16_384;
/** However busy the machine is. */
const nodeTimeoutMs = 5_000;

export class SlottedRedis extends RedisCluster {
  readonly #busPorts = new Map<string, number>();
  #replica: RedisProcess | undefined;

  override async startServer(server: TestServer): Promise<void> {
    const [bus = 0] = await freePorts(1);
    this.#busPorts.set(server.id, bus);
    await super.startServer(server);
  }

  protected override argsOf({ id }: TestServer): string[] {
    return clusterArgs(this.#busPorts.get(id) as number);
  }

  /** Each server gets its share of the slots. */
  async join(): Promise<void> {
    const share = Math.ceil(slots / this.servers.length);
    for (const [index, server] of this.servers.entries()) {
      const range = [index * share, Math.min(slots, (index + 1) * share) - 1];
      const client = this.redis(server).client();
      await client.call("CLUSTER", "ADDSLOTSRANGE", ...range);
      await this.#meet(client);
    }
    await this.isWhole();
  }

  /** Of the first server. It never takes over from it: docs/ENGINES.md says to set that for a restore. */
  async startReplica(): Promise<Redis> {
    const [bus = 0] = await freePorts(1);
    const args = [...clusterArgs(bus), "--cluster-replica-no-failover", "yes"];
    this.#replica = await RedisProcess.start({ dir: join(this.directory, "replica"), args });
    const client = this.#replica.client();
    await this.#meet(client);
    const primary = await this.redis(this.servers[0] as TestServer)
      .client()
      .call("CLUSTER", "MYID");
    const follow = () => client.call("CLUSTER", "REPLICATE", String(primary)).catch(() => undefined);
    await eventually(follow, 20_000, "the replica does not get to know its primary");
    const last = this.redis(this.servers.at(-1) as TestServer).client();
    const isKnown = async () => new RegExp(`slave\\S* ${primary} `).test(String(await last.call("CLUSTER", "NODES")));
    await eventually(isKnown, 20_000, "the replica is not known");
    await client.readonly();
    return client;
  }

  /** Resolves when every server has seen all slots served. */
  async isWhole(): Promise<void> {
    for (const server of this.servers) {
      const client = this.redis(server).client();
      const isOk = async () => String(await client.call("CLUSTER", "INFO")).includes("cluster_state:ok");
      await eventually(isOk, 20_000, `${server.id} misses some slots`);
    }
  }

  /** Knows only the last server at first. */
  slotClient(): RedisClient {
    const port = Number(this.servers.at(-1)?.address.split(":")[1]);
    return new RedisClient([{ host: "127.0.0.1", port }]);
  }

  override async stop(): Promise<void> {
    await this.#replica?.close();
    await super.stop();
  }

  async #meet(client: Redis): Promise<void> {
    const [first] = this.servers as [TestServer];
    const [host = "", port = ""] = first.address.split(":");
    await client.call("CLUSTER", "MEET", host, port, String(this.#busPorts.get(first.id)));
  }
}

function clusterArgs(bus: number): string[] {
  return ["--cluster-enabled", "yes", "--cluster-port", String(bus), "--cluster-node-timeout", String(nodeTimeoutMs)];
}
