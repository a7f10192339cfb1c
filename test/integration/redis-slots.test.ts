// Backup and restore of a real Redis Cluster of three primaries: the servers keep their places in it, their slots and replicas.

import type { Redis, Cluster as RedisClient } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { SlottedRedis } from "../support/slotted-redis.ts";

let cluster: SlottedRedis;
let client: RedisClient;

beforeAll(async () => {
  cluster = await SlottedRedis.start(3);
  await cluster.join();
  client = cluster.slotClient();
});

afterAll(async () => {
  client.disconnect();
  await cluster.stop();
});

/** So many that each server has some. */
const keys = Array.from({ length: 60 }, (_, number) => `key:${number}`);

async function setAll(value: string): Promise<void> {
  for (const key of keys) await client.set(key, value);
}

async function valuesOf(): Promise<Set<string | null>> {
  return new Set(await Promise.all(keys.map((key) => client.get(key))));
}

/** Which primary has which slots, as the last server sees it. */
async function slotsOf(): Promise<unknown> {
  const [last] = cluster.servers.slice(-1).map((server) => cluster.redis(server).client());
  const ranges = (await last?.call("CLUSTER", "SLOTS")) as [from: number, to: number, primary: unknown][];
  return ranges.map(([from, to, primary]) => ({ from, to, primary }));
}

async function sizes(): Promise<number[]> {
  return await Promise.all(cluster.servers.map((server) => cluster.redis(server).client().dbsize()));
}

test("a key that is written after another, on any server, is in no backup without it", {
  timeout: 60_000,
}, async () => {
  const stop = new AbortController();
  const writing = (async () => {
    for (let round = 1; !stop.signal.aborted; round++) await setAll(String(round));
  })();
  for (let number = 1; number <= 5; number++) {
    const { id } = await cluster.create();
    const values = await cluster.withRestored(id, async (servers) => {
      const found = await Promise.all(servers.map((server) => valuesIn(server.client())));
      return new Map(found.flat());
    });
    const rounds = keys.map((key) => Number(values.get(key) ?? 0));
    expect(rounds, "from the first key to the last, one round at most is missing").toEqual(
      rounds.toSorted((one, other) => other - one),
    );
    expect((rounds[0] ?? 0) - (rounds.at(-1) ?? 0)).toBeLessThanOrEqual(1);
  }
  stop.abort();
  await writing;
  expect((await sizes()).every((size) => size > 0)).toBe(true);
});

test("a restore brings the data back, and leaves every server its slots and its replica", {
  timeout: 120_000,
}, async () => {
  const replica = await cluster.startReplica();
  await setAll("before");
  const { id } = await cluster.create();
  await setAll("after");
  const slots = await slotsOf();

  expect((await cluster.restore({ id })).servers).toHaveLength(3);
  await cluster.isWhole();
  expect(await slotsOf()).toEqual(slots);
  expect(await valuesOf()).toEqual(new Set(["before"]));
  const replicated = async () => new Set((await valuesIn(replica)).map(([, value]) => value));
  await eventually(async () => [...(await replicated())].join() === "before", 20_000, "the replica has other data");
  await setAll("since");
  expect(await valuesOf()).toEqual(new Set(["since"]));
});

/** Of one server. */
async function valuesIn(server: Redis): Promise<[string, string | null][]> {
  const names = await server.keys("key:*");
  return await Promise.all(names.map(async (name): Promise<[string, string | null]> => [name, await server.get(name)]));
}
