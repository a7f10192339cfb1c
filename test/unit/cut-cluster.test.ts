// The cut: when it is made, what it shows, and that writes go on however it ends.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../coordinator/agency/agency.ts";
import type { BackupRequest } from "../../coordinator/create-backup.ts";
import { type ClusterCut, cutCluster } from "../../coordinator/cut-cluster.ts";
import type { BackupRun } from "../../coordinator/run.ts";
import { StillpointError } from "../../proto/errors.ts";
import { backupRequest, FakeCluster, forever } from "../support/fake-cluster.ts";

interface World {
  cluster: FakeCluster;
  run: BackupRun;
  plan: Plan;
}

/** A cluster whose pieces are prepared. */
async function prepared(serverIds?: string[]): Promise<World> {
  const cluster = new FakeCluster(serverIds);
  const plan = await cluster.agency.readPlan(forever);
  const run: BackupRun = { backupId: "backup", token: 7, label: "nightly", createdAt: new Date(0), rounds: [] };
  await Promise.all(cluster.agents.map((agent) => agent.prepare(run, forever)));
  return { cluster, run, plan };
}

function cut({ cluster, run, plan }: World, request: Partial<BackupRequest> = {}, stop = forever): Promise<ClusterCut> {
  const policy = { ...backupRequest, patience: 0, ...request };
  return cluster.clock.run(cutCluster(policy, run, cluster.agents, plan, cluster.ports, stop));
}

const forLong = 1_000_000;

describe("the cut", () => {
  it("is asked for only after the last answer to a lock", async () => {
    const world = await prepared();
    const { cluster } = world;
    cluster.agents.forEach((agent, index) => {
      agent.wire.takesMs.lock = 10 * (index + 1);
    });
    await cut(world);
    expect(cluster.eventsOf("locked")).toMatchObject([{ at: 30 }]);
    expect(cluster.callsOf("snapshot").map(({ at, round }) => [at, round])).toEqual(Array(3).fill([30, 1]));
  });

  it("is never asked for when not all servers are held", async () => {
    const world = await prepared();
    void world.cluster.agent("db2").transaction({ ms: forLong });
    await expect(cut(world, { timeoutMs: 1000 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(world.cluster.callsOf("snapshot")).toEqual([]);
    expect(world.cluster.stopped).toEqual([]);
  });

  it("lets each server write again at once, without waiting for the others", async () => {
    const world = await prepared();
    const { cluster } = world;
    cluster.agent("db1").wire.takesMs.snapshot = 10;
    cluster.agent("db2").wire.takesMs.snapshot = 1000;
    const { holds } = await cut(world);
    expect([...holds].map(([id, { stallMs, endedBy }]) => [id, stallMs, endedBy])).toEqual([
      ["db1", 10, "snapshot"],
      ["db2", 1000, "snapshot"],
      ["db3", 0, "snapshot"],
    ]);
  });

  it("compares the Plan's revision while the servers are held", async () => {
    const world = await prepared();
    const { cluster } = world;
    for (const { wire } of cluster.agents) wire.takesMs.snapshot = 50;
    cluster.agency.wire.faults.isCurrent = () => expect(cluster.stopped).toEqual(["db1", "db2", "db3"]);
    await cut(world);
    expect(cluster.callsOf("isCurrent")).toMatchObject([{ at: 0, revision: world.plan.revision }]);
  });

  it("of a Plan that changed is refused, when all servers have answered and been released", async () => {
    const world = await prepared();
    const { cluster } = world;
    for (const { wire } of cluster.agents) wire.takesMs.snapshot = 50;
    cluster.agency.writePlan("Collections/orders", "{}");
    await expect(cut(world)).rejects.toMatchObject({
      reason: "plan-changed",
      message: `the Plan is not any more what it was at revision ${world.plan.revision}`,
    });
    expect(cluster.clock.now()).toBe(50);
    expect(cluster.callsOf("release").map(({ to }) => to)).toEqual(["db1", "db2", "db3"]);
    expect(cluster.stopped).toEqual([]);
  });

  it.each(["db1", "db2", "db3"])(
    "that fails on %s releases every server, and says on which it failed",
    async (serverId) => {
      const world = await prepared();
      const { cluster } = world;
      cluster.agent(serverId).wire.faults.snapshot = new StillpointError("internal", "the disk is gone");
      await expect(cut(world)).rejects.toMatchObject({ message: `server "${serverId}": the disk is gone` });
      expect(cluster.callsOf("release").map(({ to, round }) => [to, round])).toEqual([
        ["db1", 1],
        ["db2", 1],
        ["db3", 1],
      ]);
      expect(cluster.stopped).toEqual([]);
    },
  );

  it("that fails is not over before the agency has answered too", async () => {
    const world = await prepared();
    world.cluster.agent("db2").wire.faults.snapshot = new StillpointError("internal", "the disk is gone");
    world.cluster.agency.wire.takesMs.isCurrent = 50;
    await expect(cut(world)).rejects.toMatchObject({ message: 'server "db2": the disk is gone' });
    expect(world.cluster.clock.now()).toBe(50);
  });

  it("is refused by a server whose hold has ended meanwhile", async () => {
    const world = await prepared();
    const { cluster } = world;
    cluster.agent("db2").wire.faults.snapshot = () => cluster.agent("db2").engine.loseHold();
    await expect(cut(world)).rejects.toMatchObject({
      reason: "hold-lost",
      message: expect.stringContaining('server "db2"'),
    });
    expect(cluster.stopped).toEqual([]);
  });

  it("ends with the signal, and releases every server", async () => {
    const world = await prepared();
    const { cluster } = world;
    const cancel = new AbortController();
    const reason = new StillpointError("cancelled", "enough");
    cluster.agent("db2").wire.faults.snapshot = () => cancel.abort(reason);
    await expect(cut(world, {}, cancel.signal)).rejects.toBe(reason);
    expect(cluster.stopped).toEqual([]);
  });
});

describe("without a lock, when the time is up and the caller allows it,", () => {
  it("the pieces are taken all the same, in a round of their own, and marked", async () => {
    const world = await prepared();
    const { cluster, run } = world;
    void cluster.agent("db2").transaction({ ms: forLong });
    const taken = await cut(world, { allowInconsistent: true, timeoutMs: 400 });
    expect(taken).toMatchObject({ potentiallyInconsistent: true, holds: new Map() });
    expect([...taken.snapshots.keys()]).toEqual(["db1", "db2", "db3"]);
    const round = run.rounds.length + 1;
    expect(cluster.callsOf("snapshot")).toMatchObject(Array(3).fill({ round, withoutHold: true }));
    expect(cluster.eventsOf("taken-without-lock")).toHaveLength(1);
    expect(cluster.stopped).toEqual([]);
  });

  it("nothing is taken if the lock failed for another reason", async () => {
    const world = await prepared();
    world.cluster.agent("db2").wire.faults.lock = new StillpointError("unreachable", "gone");
    await expect(cut(world, { allowInconsistent: true })).rejects.toMatchObject({ reason: "unreachable" });
    expect(world.cluster.callsOf("snapshot")).toEqual([]);
  });
});

interface Transfer {
  name: string;
  servers: readonly string[];
  afterMs: number;
  stepMs: number;
}

/** Begins on the one server, then on the other; ends on the one, then on the other. */
async function transfer(cluster: FakeCluster, { name, servers, afterMs, stepMs }: Transfer): Promise<void> {
  const pause = (ms: number) => cluster.clock.sleep(ms, forever);
  await pause(afterMs);
  const open: { serverId: string; id: string }[] = [];
  for (const serverId of servers) {
    open.push({ serverId, id: await cluster.agent(serverId).engine.database.begin("a client", name) });
    await pause(stepMs);
  }
  for (const { serverId, id } of open) {
    const agent = cluster.agent(serverId);
    agent.written.push(name);
    agent.engine.database.end(id);
    await pause(stepMs);
  }
}

/** The transfers that one of the pieces shows and the other does not; undefined if not all servers could be locked. */
async function tornTransfers(world: World, transfers: Transfer[]): Promise<string[] | undefined> {
  const { cluster } = world;
  for (const each of transfers) void transfer(cluster, each);
  await cluster.clock.advance(750);
  const made = await cut(world, { timeoutMs: 5000 }).catch((error: unknown) => {
    expect(error).toMatchObject({ reason: "lock-busy" }); // transfers that wait for each other
    return undefined;
  });
  const shows = (serverId: string, name: string) => cluster.agent(serverId).staged?.cut?.written.includes(name);
  const torn = transfers.filter(({ name, servers }) => new Set(servers.map((id) => shows(id, name))).size > 1);
  return made && torn.map(({ name }) => name);
}

describe("transfers between two servers", () => {
  const transfers = fc.array(
    fc.record({
      name: fc.uuid(),
      servers: fc.constantFrom(["db1", "db2"], ["db2", "db1"], ["db2", "db3"], ["db3", "db1"]),
      afterMs: fc.integer({ min: 0, max: 1500 }),
      stepMs: fc.integer({ min: 0, max: 700 }),
    }),
    { minLength: 1, maxLength: 20 },
  );
  const latencies = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 6, maxLength: 6 });

  it("are in both pieces or in neither, and servers that are slow do not change that", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(transfers, latencies, async (all, latency) => {
        const world = await prepared();
        world.cluster.agents.forEach(({ wire }, index) => {
          wire.takesMs.lock = latency[index] ?? 0;
          wire.takesMs.snapshot = latency[index + 3] ?? 0;
        });
        const torn = await tornTransfers(world, all);
        if (torn !== undefined) taken += 1;
        expect(torn ?? []).toEqual([]);
      }),
      { numRuns: 60 },
    );
    expect(taken).toBeGreaterThan(30);
  });

  it("are torn, and seen to be, when an engine lies about stopping writes", async () => {
    const world = await prepared();
    for (const { engine } of world.cluster.agents)
      Object.assign(engine.misbehaves, { stopWrites: "lie", resume: "lie" });
    const halfDone = { name: "half done", servers: ["db1", "db2"], afterMs: 10, stepMs: 300 }; // ends at 610 and 910
    expect(await tornTransfers(world, [halfDone])).toEqual(["half done"]);
  });
});
