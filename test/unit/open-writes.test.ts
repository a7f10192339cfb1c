// What is seen of the open write transactions, look by look.
import { describe, expect, it } from "vitest";
import { OpenWrites } from "../../coordinator/open-writes.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const firstWaitMs = 1000;

/** Looks so often, every 100 ms. */
async function lookAt(cluster: FakeCluster, writes: OpenWrites, looks: number) {
  for (let left = looks; left > 0; left--) {
    await writes.look(forever);
    await cluster.clock.advance(100);
  }
  const { everBusy, restless } = writes.seen;
  return { everBusy: [...everBusy], restless: [...restless] };
}

describe("a look", () => {
  it("has what is open for a quarter of the first wait, or for an eighth, oldest first", async () => {
    const cluster = new FakeCluster();
    for (const [serverId, afterMs] of [
      ["db1", 200],
      ["db2", 0],
      ["db3", 120],
    ] as const)
      void cluster.agent(serverId).transaction({ afterMs, ms: 9000 });
    await cluster.clock.advance(250);
    const { long, lasting } = await new OpenWrites(cluster.agents, firstWaitMs).look(forever);
    expect(long.map(({ serverId, ageMs }) => [serverId, ageMs])).toEqual([["db2", 250]]);
    expect(lasting.map(({ serverId, ageMs }) => [serverId, ageMs])).toEqual([
      ["db2", 250],
      ["db3", 130],
    ]);
  });
});

describe("a server", () => {
  it("is restless when it has one long transaction after the other", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").keepBusy(2000);
    const writes = new OpenWrites(cluster.agents, firstWaitMs);
    expect(await lookAt(cluster, writes, 40)).toEqual({ everBusy: ["db2"], restless: [] }); // two could be chance
    expect(await lookAt(cluster, writes, 10)).toEqual({ everBusy: ["db2"], restless: ["db2"] });
  });

  it("is not when it is idle in between", async () => {
    const cluster = new FakeCluster();
    for (const afterMs of [0, 2000, 4000, 6000]) void cluster.agent("db2").transaction({ afterMs, ms: 1500 });
    const writes = new OpenWrites(cluster.agents, firstWaitMs);
    expect(await lookAt(cluster, writes, 80)).toEqual({ everBusy: ["db2"], restless: [] });
  });

  it("is not for others beside a single one that lasts", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 9000 });
    void cluster.agent("db2").keepBusy(500);
    expect(await lookAt(cluster, new OpenWrites(cluster.agents, firstWaitMs), 80)).toMatchObject({ restless: [] });
  });
});
