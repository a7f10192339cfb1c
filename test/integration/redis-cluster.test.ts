// Backups of a cluster of three real Redis servers, and a restore: what was written later is nowhere without what was before it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { RedisCluster } from "../support/redis-cluster.ts";

class ClusterWithoutAof extends RedisCluster {
  protected override argsOf(): string[] {
    return ["--appendonly", "no"];
  }
}

let cluster: RedisCluster;
let clients: Redis[];

beforeAll(async () => {
  cluster = await RedisCluster.start(3);
  clients = cluster.servers.map((server) => cluster.redis(server).client());
});

afterAll(() => cluster.stop());

/** Counts on one server after the other, each only when the one before has acknowledged. */
class Ring {
  #rounds = 0;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(key: string) {
    this.#running = this.#run(key);
  }

  get rounds(): number {
    return this.#rounds;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(key: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      for (const client of clients) await client.incr(key);
      this.#rounds += 1;
    }
  }
}

const keys = ["ring:1", "ring:2", "ring:3", "ring:4"];

async function countsOf(servers: readonly Redis[]): Promise<number[][]> {
  const counts = await Promise.all(servers.map((server) => server.mget(keys)));
  return keys.map((_, ring) => counts.map((each) => Number(each[ring])));
}

/** No server ahead of the one before it, and the first not more than one ahead of the last. */
function isOrdered(counts: number[]): boolean {
  const [first = 0, second = 0, third = 0] = counts;
  return first >= second && second >= third && third >= first - 1;
}

test("in none of 20 backups is a later server ahead of an earlier one, and each has what was acknowledged before", {
  timeout: 120_000,
}, async () => {
  const rings = keys.map((key) => new Ring(key));
  for (let number = 1; number <= 20; number++) {
    const before = rings.map(({ rounds }) => rounds);
    const { id } = await cluster.create();
    const counts = await cluster.withRestored(id, (servers) => countsOf(servers.map((server) => server.client())));
    expect(
      counts.filter((each) => !isOrdered(each)),
      `backup ${number}`,
    ).toEqual([]);
    for (const [ring, [, , last = 0]] of counts.entries()) expect(last).toBeGreaterThanOrEqual(before[ring] as number);
  }
  await Promise.all(rings.map((ring) => ring.stop()));
  expect((await countsOf(clients)).filter((each) => !isOrdered(each))).toEqual([]);
});

test("a restore stops the servers, exchanges their data, and they go on from the backup", {
  timeout: 60_000,
}, async () => {
  await Promise.all(clients.map((client) => client.set("kept", "before")));
  const { id } = await cluster.create();
  await Promise.all(clients.map((client) => client.set("kept", "after")));
  const counts = await countsOf(clients);
  const result = await cluster.restore({ id });
  expect(result.servers.map(({ id: server }) => server)).toEqual(["db1", "db2", "db3"]);
  expect(await Promise.all(clients.map((client) => client.get("kept")))).toEqual(["before", "before", "before"]);
  expect(await countsOf(clients)).toEqual(counts);
  await Promise.all(clients.map((client) => client.set("kept", "since")));
  expect(await cluster.isValid(id)).toBe(true);
  for (const { dataDir } of cluster.servers) {
    const piece = join(dataDir, "backups", id);
    expect(execFileSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: piece }).toString()).toBe("");
  }
  expect((await cluster.create()).state).toBe("BACKUP_STATE_COMPLETE");
});

test("servers without AOF are backed up by a save that begins under the lock, and restored", {
  timeout: 60_000,
}, async () => {
  const saving = await ClusterWithoutAof.start(3);
  onTestFinished(() => saving.stop());
  const each = saving.servers.map((server) => saving.redis(server).client());
  await Promise.all(each.map((client) => client.set("kept", "before")));
  const { id, nrFiles } = await saving.create();
  expect(nrFiles).toBe(3); // dump.rdb, of each
  await Promise.all(each.map((client) => client.set("kept", "after")));
  await saving.restore({ id });
  expect(await Promise.all(each.map((client) => client.get("kept")))).toEqual(["before", "before", "before"]);
});
