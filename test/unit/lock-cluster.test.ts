// How all servers of a cluster are locked: whom first, how long, and what becomes of a round that fails.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClusterLock, type LockPolicy, lockCluster } from "../../coordinator/lock-cluster.ts";
import type { BackupRun } from "../../coordinator/run.ts";
import { StillpointError } from "../../proto/errors.ts";
import { backupRequest, FakeCluster, forever } from "../support/fake-cluster.ts";

function newRun(): BackupRun {
  return {
    backupId: "2026-11-22T15.04.05.123Z_nightly",
    token: 7,
    label: "nightly",
    createdAt: new Date(0),
    rounds: [],
  };
}

const sixteen = Array.from({ length: 16 }, (_, index) => `db${index + 1}`);

/** Locks by a policy that does not wait softly, unless the test says otherwise. */
function lock(
  cluster: FakeCluster,
  policy: Partial<LockPolicy> = {},
  { run = newRun(), signal = forever }: { run?: BackupRun; signal?: AbortSignal } = {},
): Promise<ClusterLock> {
  const whole = { ...backupRequest, patience: 0, ...policy };
  return cluster.clock.run(lockCluster(cluster.agents, run, whole, cluster.ports, signal));
}

/** A cluster with a transaction on db2 that has been open for a second, and stays open for so long. */
async function withLongTransaction(ms: number, serverIds?: string[]): Promise<FakeCluster> {
  const cluster = new FakeCluster(serverIds);
  void cluster.agent("db2").transaction({ ms: ms + 1000 });
  await cluster.clock.advance(1000);
  return cluster;
}

function lockTimes(cluster: FakeCluster): string[] {
  return cluster.callsOf("lock").map(({ at, to, round }) => `${at} ${to} round ${round}`);
}

describe("a round", () => {
  it("locks all servers at once when nobody is busy", async () => {
    const cluster = new FakeCluster();
    const { round } = await lock(cluster);
    expect(round).toBe(1);
    expect(lockTimes(cluster)).toEqual(["0 db1 round 1", "0 db2 round 1", "0 db3 round 1"]);
    expect(cluster.stopped).toEqual(["db1", "db2", "db3"]);
    expect(cluster.eventsOf("round-started")).toMatchObject([{ waitMs: 250, firstServerIds: [], force: false }]);
  });

  it("locks the hardest servers first, and touches the others only when those are held", async () => {
    const cluster = await withLongTransaction(200);
    await lock(cluster);
    expect(lockTimes(cluster)).toEqual(["1000 db2 round 1", "1200 db1 round 1", "1200 db3 round 1"]);
    expect(cluster.eventsOf("round-started")).toMatchObject([{ firstServerIds: ["db2"] }]);
  });

  it("does not touch the others while the hardest are not held", async () => {
    const cluster = await withLongTransaction(100_000);
    await expect(lock(cluster, { timeoutMs: 10_000 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(cluster.callsOf("lock").length).toBeGreaterThan(1);
    expect(new Set(cluster.callsOf("lock").map(({ to }) => to))).toEqual(new Set(["db2"]));
    expect(new Set(cluster.eventsOf("released").map(({ serverId }) => serverId))).toEqual(new Set(["db2"]));
  });

  it("locks those first that were busy in the round before, where the engine cannot tell its transactions", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db3").description.openWrites = [];
    void cluster.agent("db3").transaction({ ms: 260 });
    await lock(cluster);
    expect(cluster.eventsOf("round-started").map(({ firstServerIds }) => firstServerIds)).toEqual([[], ["db3"]]);
  });

  it("holds whoever is locked first for as long as the others are waited for", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db2").description.openWrites = [];
    void cluster.agent("db2").transaction({ ms: 14_000 });
    await lock(cluster, { firstWaitMs: 15_000 });
    expect(cluster.clock.now()).toBe(14_000);
    expect(cluster.stopped).toEqual(["db1", "db2", "db3"]);
    await cluster.clock.advance(backupRequest.holdMs - 1);
    expect(cluster.stopped).toContain("db1");
  });

  it("lets all go by itself when nobody does, at the latest after the waits and the hold", async () => {
    const cluster = await withLongTransaction(200);
    const { holdMs } = await lock(cluster);
    expect(holdMs).toBe(250 + 5000);
    await cluster.clock.advance(holdMs);
    expect(cluster.stopped).toEqual([]);
  });

  it("that fails releases every agent, also those that were not asked", async () => {
    const cluster = await withLongTransaction(300);
    await lock(cluster);
    const failed = cluster.callsOf("release").filter(({ round }) => round === 1);
    expect(failed.map(({ to }) => to).sort()).toEqual(["db1", "db2", "db3"]);
  });

  it("that fails releases every agent, also one whose answer was lost", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db3").wire.faults.lock = "lost";
    await expect(lock(cluster)).rejects.toMatchObject({
      reason: "unreachable",
      message: 'server "db3": lock: no answer',
    });
    expect(cluster.callsOf("release").map(({ to }) => to)).toEqual(["db1", "db2", "db3"]);
    expect(cluster.stopped).toEqual([]);
  });

  it("that broke ends the backup at once: no other server is waited for", async () => {
    const cluster = new FakeCluster();
    for (const serverId of ["db1", "db3"]) void cluster.agent(serverId).transaction({ ms: 100_000 });
    cluster.agent("db2").wire.faults.lock = new StillpointError("stale-round", "round 1 is over");
    const broken = lock(cluster, { firstWaitMs: 10_000 });
    await expect(broken).rejects.toMatchObject({ reason: "stale-round", message: 'server "db2": round 1 is over' });
    expect(cluster.clock.now()).toBe(0);
    expect(cluster.stopped).toEqual([]);
    expect(cluster.eventsOf("round-ended")).toMatchObject([{ round: 1, outcome: "broken" }]);
  });

  it("whose release fails is reported, and its hold ends by itself", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db2").wire.faults.release = new StillpointError("unreachable", "gone");
    const held = await lock(cluster);
    expect([...(await held.release()).keys()]).toEqual(["db1", "db3"]);
    expect(cluster.eventsOf("release-failed")).toMatchObject([{ serverId: "db2", round: 1, problem: "gone" }]);
    expect(cluster.stopped).toEqual(["db2"]);
    await cluster.clock.advance(held.holdMs);
    expect(cluster.stopped).toEqual([]);
  });

  it("is released once, however often it is asked to", async () => {
    const cluster = new FakeCluster();
    const held = await lock(cluster);
    const [first, second] = await Promise.all([held.release(), held.release()]);
    await held[Symbol.asyncDispose]();
    expect(second).toBe(first);
    expect(cluster.callsOf("release")).toHaveLength(3);
  });

  it("counts the stall of every server, failed rounds too", async () => {
    const cluster = await withLongTransaction(300);
    const run = newRun();
    const held = await lock(cluster, {}, { run });
    await cluster.clock.advance(10);
    await held.release();
    expect(run.rounds).toMatchObject([
      { round: 1, outcome: "busy", deadTimeMs: 250 },
      { round: 2, outcome: "held", deadTimeMs: 30 },
    ]);
  });
});

describe("the rounds", () => {
  it("wait longer each time, and the last is cut to what is left of the time", async () => {
    const cluster = await withLongTransaction(100_000, ["db2"]);
    cluster.agent("db2").description.openWrites = []; // whoever cannot tell is never waited for softly
    await expect(lock(cluster, { timeoutMs: 4000 })).rejects.toMatchObject({ reason: "lock-busy" });
    const rounds = cluster.callsOf("lock").map(({ at, waitMs }) => [at - 1000, waitMs]);
    expect(rounds).toEqual([
      [0, 250],
      [500, 500],
      [1500, 1000],
      [3500, 500],
    ]);
    expect(cluster.clock.now()).toBe(5000);
  });

  it("have grown numbers in a further try, whose time has been running since the first", async () => {
    const cluster = await withLongTransaction(100_000, ["db2"]);
    const run = newRun();
    await expect(lock(cluster, { timeoutMs: 700 }, { run })).rejects.toMatchObject({ reason: "lock-busy" });
    const again = lock(cluster, { timeoutMs: 700 }, { run });
    await expect(again).rejects.toMatchObject({ message: expect.stringContaining("no time was left to try") });
    expect(run.rounds.map(({ round }) => round)).toEqual([1, 2]);
    expect(cluster.clock.now()).toBeLessThanOrEqual(1700);
  });

  it("give writers their window also between two tries", async () => {
    const cluster = new FakeCluster();
    const run = newRun();
    const held = await lock(cluster, {}, { run });
    await cluster.clock.advance(3000);
    await held.release();
    await lock(cluster, {}, { run });
    expect(lockTimes(cluster).slice(3)).toEqual(["6000 db1 round 2", "6000 db2 round 2", "6000 db3 round 2"]);
    expect(cluster.eventsOf("window")).toMatchObject([{ ms: 3000 }]);
  });

  it("that all fail say who was in the way", async () => {
    const cluster = await withLongTransaction(100_000);
    const blocker = { serverId: "db2", id: "t1", owner: "a client", description: "a long report" };
    await expect(lock(cluster, { timeoutMs: 400 })).rejects.toMatchObject({
      reason: "lock-busy",
      message: 'not all servers could be locked within 400 ms: busy on "db2"',
      blockers: [{ ...blocker, ageMs: 1250 }],
    });
    expect(cluster.eventsOf("server-busy").at(-1)).toMatchObject({ serverId: "db2", blockers: [blocker] });
  });

  it("that all fail name the server also when its engine cannot tell who was in the way", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.faults.lock = new StillpointError("lock-busy", "busy");
    await expect(lock(cluster, { timeoutMs: 400 })).rejects.toMatchObject({
      message: 'not all servers could be locked within 400 ms: busy on "db1"',
      blockers: [{ serverId: "db1", id: "?", description: "the engine cannot tell" }],
    });
  });
});

describe("the soft wait", () => {
  it("blocks nobody until the long transactions have ended", async () => {
    const cluster = await withLongTransaction(40_000);
    const held = await lock(cluster, { patience: 0.5 });
    expect(cluster.eventsOf("soft-wait")).toMatchObject([
      { at: 1000, blockers: [{ serverId: "db2", id: "t1", ageMs: 1000 }] },
    ]);
    expect(lockTimes(cluster)).toEqual(["41000 db1 round 1", "41000 db2 round 1", "41000 db3 round 1"]);
    await held.release();
    expect(cluster.eventsOf("round-ended")).toMatchObject([{ deadTimeMs: 0 }]);
  });

  it("comes after one short try, where the busy server is hardly any of all", async () => {
    const cluster = await withLongTransaction(40_000, sixteen);
    await lock(cluster, { patience: 0.5 });
    expect(cluster.callsOf("lock").filter(({ at }) => at < 41_000)).toMatchObject([
      { at: 1000, to: "db2", round: 1, waitMs: 6000 },
    ]);
    expect(cluster.eventsOf("round-ended")).toMatchObject([{ round: 1, deadTimeMs: 6000 }]);
    expect(cluster.eventsOf("soft-wait")).toMatchObject([{ at: 13_000 }]);
    expect(cluster.clock.now()).toBe(41_000);
  });

  it("ends when patience is over", async () => {
    const cluster = await withLongTransaction(1_000_000);
    void cluster.agent("db1").transaction({ ms: 1_000_000 });
    await cluster.clock.advance(1000);
    await expect(lock(cluster, { patience: 0.25, timeoutMs: 20_000 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(cluster.callsOf("lock")[0]?.at).toBe(2000 + 5000);
  });

  it("ends a little earlier at a moment when hardly a server is busy", async () => {
    const cluster = await withLongTransaction(1_000_000);
    void cluster.agent("db1").transaction({ ms: 2000 });
    await cluster.clock.advance(1000);
    await expect(lock(cluster, { patience: 0.4, timeoutMs: 20_000 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(cluster.callsOf("lock")[0]?.at).toBe(2000 + 6000);
  });

  it("leaves time for a round, however patient it is", async () => {
    const cluster = await withLongTransaction(1_000_000);
    void cluster.agent("db1").transaction({ ms: 1_000_000 });
    await cluster.clock.advance(1000);
    await expect(lock(cluster, { patience: 1, timeoutMs: 20_000 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(cluster.callsOf("lock")[0]).toMatchObject({ at: 2000 + 19_750, waitMs: 250 });
  });

  it("is not for a server that has one transaction after the other", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").keepBusy(8000);
    await cluster.clock.advance(1000);
    const held = await lock(cluster, { patience: 0.5 });
    expect(cluster.clock.now()).toBe(24_000); // the third one ends, and the server was locked while it was open
    await held.release();
    const others = cluster.eventsOf("released").filter(({ serverId }) => serverId !== "db2");
    expect(Math.max(...others.map(({ stallMs }) => stallMs))).toBeLessThanOrEqual(250);
  });

  it("is not cut short by such a server: the round for it, and the writers' window, leave the last round its time", async () => {
    const cluster = new FakeCluster();
    void (async () => {
      for (const ms of [4000, 4000, 100_000]) await cluster.agent("db2").transaction({ ms });
    })();
    await expect(lock(cluster, { patience: 0.5, timeoutMs: 40_000 })).rejects.toMatchObject({ reason: "lock-busy" });
    const rounds = cluster.eventsOf("round-started").map(({ at, waitMs }) => ({ at, waitMs }));
    const [forRestless] = rounds.filter(({ waitMs }) => waitMs > 1000);
    expect(forRestless?.at).toBeLessThan(12_000);
    expect(forRestless?.waitMs).toBeCloseTo((20_000 - Number(forRestless?.at)) / 2, -1);
    expect(rounds.at(-1)).toEqual({ at: expect.closeTo(20_000, -2), waitMs: 15_000 });
  });

  it("that cannot look at the others any more releases the first ones at once", async () => {
    const cluster = await withLongTransaction(3000, sixteen);
    void cluster.clock.sleep(2000, forever).then(() => {
      cluster.agent("db9").wire.faults.describe = new StillpointError("unreachable", "gone");
    });
    await expect(lock(cluster, { patience: 0.5 })).rejects.toMatchObject({ message: 'server "db9": gone' });
    expect(cluster.clock.now()).toBe(4000);
    expect(cluster.stopped).toEqual([]);
  });

  it("goes on when another server has become busy while the first ones were being locked", async () => {
    const cluster = await withLongTransaction(3000, sixteen);
    void cluster.agent("db1").transaction({ ms: 9000, afterMs: 100 });
    await lock(cluster, { patience: 0.5 });
    expect(cluster.eventsOf("round-ended")).toMatchObject([{ round: 1, outcome: "busy", deadTimeMs: 3000 }]);
    expect(cluster.callsOf("lock").filter(({ round }) => round === 1)).toHaveLength(1);
    expect(cluster.clock.now()).toBe(10_100);
  });

  it("does not wait for transactions that are not long yet", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 300 });
    await cluster.clock.advance(62);
    await lock(cluster, { patience: 0.5 });
    expect(cluster.eventsOf("soft-wait")).toEqual([]);
    expect(cluster.callsOf("lock")[0]?.at).toBe(62);
  });
});

describe("force", () => {
  it("aborts the transactions in the way when the time is nearly up, and never before", async () => {
    const cluster = await withLongTransaction(1_000_000);
    await lock(cluster, { force: true, timeoutMs: 20_000 });
    const aborting = cluster.callsOf("lock").map(({ abortBlockers }) => abortBlockers);
    expect(aborting.indexOf(true)).toBe(aborting.length - 3); // all three servers in the last round
    expect(cluster.eventsOf("round-started").at(-1)).toMatchObject({ force: true, at: expect.closeTo(19_000, -3) });
    expect(cluster.agent("db2").engine.database.openWrites()).toEqual([]);
    expect(cluster.clock.now()).toBeLessThanOrEqual(21_000);
  });

  it("has its round also when all patience was spent on waiting softly", async () => {
    const cluster = await withLongTransaction(1_000_000);
    await lock(cluster, { force: true, timeoutMs: 20_000, patience: 1 });
    expect(cluster.stopped).toEqual(["db1", "db2", "db3"]);
    expect(cluster.clock.now()).toBeLessThanOrEqual(21_000);
  });

  it("has its round also when the rounds before could take all of the time: writers have their window in between", async () => {
    const cluster = await withLongTransaction(1_000_000, ["db2"]);
    cluster.agent("db2").description.openWrites = [];
    await lock(cluster, { force: true, timeoutMs: 4000, firstWaitMs: 3000 });
    const rounds = cluster.callsOf("lock").map(({ at, waitMs, abortBlockers }) => [at - 1000, waitMs, abortBlockers]);
    expect(rounds).toEqual([
      [0, 1500, false],
      [3000, 1000, true],
    ]);
  });

  it("that does not help ends within the time, and says who was in the way", async () => {
    const cluster = await withLongTransaction(1_000_000);
    cluster.agent("db2").engine.misbehaves.abortTransactions = "lie";
    await expect(lock(cluster, { force: true, timeoutMs: 20_000 })).rejects.toMatchObject({
      reason: "lock-busy",
      blockers: [{ serverId: "db2", id: "t1" }],
    });
    expect(cluster.clock.now()).toBeLessThanOrEqual(21_000);
    expect(cluster.stopped).toEqual([]);
  });
});

describe("an abort of the signal", () => {
  it.each([
    { state: "waiting softly", patience: 0.5, abortAt: 1500 },
    { state: "waiting for a lock", patience: 0, abortAt: 1100 },
    { state: "giving writers their window", patience: 0, abortAt: 1300 },
    { state: "waiting for the others while the hardest are held", patience: 0, abortAt: 1100, held: true },
  ])("ends it while $state, and releases all", async ({ patience, abortAt, held = false }) => {
    const cluster = await withLongTransaction(held ? 50 : 100_000);
    if (held) void cluster.agent("db1").transaction({ ms: 100_000 });
    const cancel = new AbortController();
    const reason = new StillpointError("cancelled", "enough");
    void cluster.clock.sleep(abortAt - 1000, forever).then(() => cancel.abort(reason));
    await expect(lock(cluster, { patience }, { signal: cancel.signal })).rejects.toBe(reason);
    expect(cluster.clock.now()).toBe(abortAt);
    expect(cluster.stopped).toEqual([]);
  });

  it("before the first call lets none be made", async () => {
    const cluster = new FakeCluster();
    const reason = new StillpointError("claim-lost", "the claim was lost");
    await expect(lock(cluster, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(cluster.calls).toEqual([]);
  });
});

describe("whatever is open on the servers", () => {
  const transactions = fc.array(
    fc.record({
      serverId: fc.constantFrom("db1", "db2", "db3"),
      afterMs: fc.integer({ min: 0, max: 8000 }),
      ms: fc.integer({ min: 1, max: 12_000 }),
    }),
    { maxLength: 12 },
  );
  const policies = fc.record({
    timeoutMs: fc.integer({ min: 1, max: 20_000 }),
    firstWaitMs: fc.integer({ min: 50, max: 1000 }),
    maxWaitMs: fc.integer({ min: 50, max: 5000 }),
    holdMs: fc.integer({ min: 1, max: 500 }),
    maxStallMs: fc.oneof(fc.constant(0), fc.integer({ min: 20, max: 4000 })),
    patience: fc.double({ min: 0, max: 1, noNaN: true }),
    force: fc.boolean(),
  });

  /** Locks, or gives up; then what must hold is checked. */
  function always(check: (seen: { cluster: FakeCluster; policy: LockPolicy; held: ClusterLock | undefined }) => void) {
    return fc.assert(
      fc.asyncProperty(
        transactions,
        policies,
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        async (open, policy, chance) => {
          const cluster = new FakeCluster();
          cluster.chance = () => chance;
          for (const { serverId, ...times } of open) void cluster.agent(serverId).transaction(times);
          await cluster.clock.advance(1000);
          const held = await lock(cluster, policy).catch((error: unknown) => {
            expect(error).toMatchObject({ reason: "lock-busy" });
            return undefined;
          });
          check({ cluster, policy, held });
        },
      ),
      { numRuns: 25 },
    );
  }

  it("all servers are held when the lock is there, and none when it is not", () =>
    always(({ cluster, held }) => {
      expect(cluster.stopped).toEqual(held === undefined ? [] : ["db1", "db2", "db3"]);
    }));

  it("no wait outlives the time, with force too, and none is longer than the longest", () =>
    always(({ cluster, policy }) => {
      for (const { at, waitMs } of cluster.callsOf("lock")) {
        expect(Number(waitMs)).toBeLessThanOrEqual(policy.maxWaitMs);
        expect(at + Number(waitMs)).toBeLessThanOrEqual(1000 + policy.timeoutMs);
      }
      expect(cluster.clock.now()).toBeLessThanOrEqual(1000 + policy.timeoutMs);
    }));

  it("wait and hold of every lock together never exceed maxStallMs", () =>
    always(({ cluster, policy }) => {
      for (const { waitMs, holdMs } of cluster.callsOf("lock")) {
        if (policy.maxStallMs > 0) expect(Number(waitMs) + Number(holdMs)).toBeLessThanOrEqual(policy.maxStallMs);
        else expect(Number(holdMs)).toBeGreaterThanOrEqual(Number(waitMs) + policy.holdMs);
      }
    }));

  it("writers get a window before the next round, at least as long as the stall that they had", () =>
    always(({ cluster }) => {
      for (const ended of cluster.eventsOf("round-ended")) {
        const stalls = cluster.eventsOf("released").filter(({ round }) => round === ended.round);
        const next = cluster.eventsOf("round-started").find(({ round }) => round === ended.round + 1);
        const window = next === undefined ? Number.POSITIVE_INFINITY : next.at - ended.at;
        expect(window).toBeGreaterThanOrEqual(Math.max(...stalls.map(({ stallMs }) => stallMs)) - 1e-6);
      }
    }));

  it("the rounds are numbered from 1 on", () =>
    always(({ cluster }) => {
      const numbers = cluster.eventsOf("round-started").map(({ round }) => round);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }));

  it("force has its round, unless the servers could be locked before", () =>
    always(({ cluster, policy, held }) => {
      if (!policy.force || held !== undefined || policy.timeoutMs < 20) return;
      expect(cluster.eventsOf("round-started").at(-1)).toMatchObject({ force: true });
    }));

  it("transactions are aborted only by force, in the last round", () =>
    always(({ cluster, policy }) => {
      const forced = cluster.eventsOf("round-started").map(({ force }) => force);
      expect(forced.slice(0, -1)).not.toContain(true);
      if (!policy.force) expect(forced.at(-1) ?? false).toBe(false);
    }));
});
