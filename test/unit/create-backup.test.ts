// A whole backup: its steps in order, and what is left of it when one of them fails.
import { describe, expect, it } from "vitest";
import { recordFromJson } from "../../coordinator/record.ts";
import { settleJobs } from "../../coordinator/take-over.ts";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import type { AgencyMethod } from "../support/fake-agency.ts";
import { type AgentMethod, costOfCut } from "../support/fake-agent.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";
const forLong = 1_000_000;
const gone = new StillpointError("unreachable", "gone");

/** Nothing of a backup is left anywhere, and nobody is blocked. A run that lost the claim leaves its job to the next. */
function expectNothingLeft(cluster: FakeCluster, jobs: string[] = []): void {
  expect(cluster.stopped).toEqual([]);
  for (const { staged, committed } of cluster.agents) expect({ staged, committed }).toEqual({ committed: new Map() });
  expect(cluster.agency.records).toEqual(new Map());
  expect([...cluster.agency.jobs.keys()]).toEqual(jobs);
}

function expectAborted(cluster: FakeCluster, round: number): void {
  const aborts = cluster.callsOf("abort").map(({ to, backupId, round }) => ({ to, backupId, round }));
  expect(aborts.slice(-3)).toEqual(["db1", "db2", "db3"].map((to) => ({ to, backupId: id, round })));
}

describe("a backup", () => {
  it("goes through its steps in order", async () => {
    const cluster = new FakeCluster(["db1", "db2"]);
    for (const { wire } of cluster.agents) Object.assign(wire.takesMs, { lock: 5, snapshot: 10, seal: 100 });
    cluster.agent("db2").wire.takesMs.seal = 200;
    await cluster.backUp();
    const steps = cluster.events.map(({ at, ...event }) => [at, event]);
    const both = <Event>(of: (serverId: string) => Event) => [of("db1"), of("db2")];
    expect(steps).toEqual([
      [0, { step: "claimed", backupId: id, token: 104 }],
      [0, { step: "plan-read", planRevision: 104, serverIds: ["db1", "db2"] }],
      ...both((serverId) => [0, { step: "inspected", serverId, dataFiles: 9, dataBytes: 5e6 }]),
      ...both((serverId) => [0, { step: "prepared", serverId, linkedFiles: 7 }]),
      [0, { step: "round-started", round: 1, waitMs: 250, firstServerIds: [], force: false }],
      ...both((serverId) => [5, { step: "server-locked", serverId, round: 1, lockWaitMs: 0 }]),
      [5, { step: "locked", round: 1 }],
      ...both((serverId) => [15, { step: "snapshot", serverId, stallMs: 10, snapshotMs: 10, deltaFiles: 2 }]),
      ...both((serverId) => [15, { step: "released", serverId, round: 1, stallMs: 10 }]),
      [15, { step: "round-ended", round: 1, outcome: "held", deadTimeMs: 20 }],
      [15, { step: "dump-stored", bytes: cluster.agent("db1").committed.get(id)?.dump.length }],
      [115, { step: "sealing", serverId: "db1", doneBytes: 1000, totalBytes: 1000 }],
      [115, { step: "sealed", serverId: "db1", files: 9, bytes: 1000 }],
      [215, { step: "sealing", serverId: "db2", doneBytes: 1000, totalBytes: 1000 }],
      [215, { step: "sealed", serverId: "db2", files: 9, bytes: 1000 }],
      ...both((serverId) => [215, { step: "committed", serverId }]),
      [215, { step: "recorded", backupId: id }],
    ]);
  });

  it("is reported as it is recorded: what it is and what it cost the writers", async () => {
    const cluster = new FakeCluster(["db1", "db2"]);
    for (const { wire } of cluster.agents) Object.assign(wire.takesMs, { snapshot: 10 });
    const record = await cluster.backUp();
    const round = { round: 1, outcome: "held", waitMs: 250, deadTimeMs: 20, firstServerIds: [], blockers: [] };
    expect(record).toEqual({
      formatVersion: 1,
      id,
      label: "nightly",
      createdAt: "2026-11-22T15:04:05.123Z",
      token: 104,
      planRevision: 104,
      potentiallyInconsistent: false,
      deadTimeMs: 20,
      rounds: [round],
      servers: [
        { id: "db1", ...costOfCut },
        { id: "db2", ...costOfCut },
      ],
    });
    expect(recordFromJson(cluster.agency.records.get(id))).toEqual(record);
  });

  it("has on every server a piece that proves its part of the cut", async () => {
    const cluster = new FakeCluster();
    await cluster.backUp();
    for (const { committed, serverId } of cluster.agents) {
      const { piece, dump } = committed.get(id) ?? {};
      expect(piece).toMatchObject({ backupId: id, label: "nightly", serverId, serverIds: ["db1", "db2", "db3"] });
      expect(piece).toMatchObject({ token: 105, planRevision: 105, hold: { round: 1, unbroken: true } });
      expect(JSON.parse(String(dump))).toMatchObject({ planRevision: 105 });
    }
  });

  it("has a UUID where it has no label", async () => {
    const cluster = new FakeCluster();
    const { label, id: backupId } = await cluster.backUp({ label: undefined });
    expect(label).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(backupId).toBe(`2026-11-22T15.04.05.123Z_${label}`);
  });

  it("is recorded under the claim when every server has committed, and only then is the claim given back", async () => {
    const cluster = new FakeCluster();
    await cluster.backUp();
    const last = cluster.calls.slice(-5).map(({ to, method }) => `${to} ${method}`);
    expect(last).toEqual(["db1 commit", "db2 commit", "db3 commit", "agency record", "agency release"]);
    expect(cluster.agency.holder).toBeUndefined();
  });

  it("counts the stalls of all servers in all rounds as dead time", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 400 });
    for (const { wire } of cluster.agents) wire.takesMs.snapshot = 10;
    const { deadTimeMs, rounds } = await cluster.backUp({ patience: 0 });
    expect(rounds.map(({ outcome, deadTimeMs }) => [outcome, deadTimeMs])).toEqual([
      ["busy", 750],
      ["held", 30],
    ]);
    expect(deadTimeMs).toBe(780);
  });

  it("may take its time before the first lock: that blocks nobody", async () => {
    const cluster = new FakeCluster();
    for (const { wire } of cluster.agents) wire.takesMs.prepare = 600_000;
    await expect(cluster.backUp({ timeoutMs: 1000 })).resolves.toMatchObject({ deadTimeMs: 0 });
  });

  it("is made all the same when a release fails: the server has let go at the cut", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db2").wire.faults.release = new StillpointError("unreachable", "gone");
    cluster.agent("db2").wire.takesMs.snapshot = 10;
    const { servers } = await cluster.backUp();
    expect(cluster.eventsOf("release-failed")).toMatchObject([{ serverId: "db2", problem: "gone" }]);
    expect(servers).toMatchObject([{ id: "db1" }, { id: "db2", stallMs: 10 }, { id: "db3" }]);
  });

  it("is made once it is recorded, also when the claim cannot be given back", async () => {
    const cluster = new FakeCluster();
    cluster.agency.wire.faults.release = new StillpointError("unreachable", "etcd is gone");
    await expect(cluster.backUp()).resolves.toMatchObject({ id });
    expect(cluster.agents.map(({ committed }) => committed.has(id))).toEqual([true, true, true]);
  });
});

describe("the claim", () => {
  it("that is taken ends the backup at once: no agent is called", async () => {
    const cluster = new FakeCluster();
    await cluster.agency.claim({ holder: "coordinator-b", backupId: "theirs", purpose: "restore" }, forever);
    await expect(cluster.backUp()).rejects.toMatchObject({
      reason: "claim-taken",
      message: expect.stringMatching(/held by "coordinator-b" to restore backup "theirs" since 2026-11-22T15:04:05/),
    });
    expect(cluster.calls.map(({ to }) => to)).toEqual(["agency", "agency"]); // theirs and ours
    expect(cluster.agency.holder).toMatchObject({ backupId: "theirs" });
  });

  const onAgents: AgentMethod[] = ["prepare", "lock", "snapshot", "storeDump", "seal"];
  it.each(onAgents)("that is lost during %s stops the backup, releases all and removes every piece", async (method) => {
    const cluster = new FakeCluster();
    cluster.agent("db2").wire.faults[method] = () => cluster.agency.loseClaim();
    await expect(cluster.backUp()).rejects.toMatchObject({
      reason: "claim-lost",
      message: "the claim was lost: its lease ended",
    });
    expectNothingLeft(cluster, [id]);
    expectAborted(cluster, method === "prepare" ? 0 : 1);
  });

  const onAgency: AgencyMethod[] = ["readPlan", "isCurrent"];
  it.each(onAgency)("that is lost during the agency's %s stops the backup, and nothing is left", async (method) => {
    const cluster = new FakeCluster();
    cluster.agency.wire.faults[method] = () => cluster.agency.loseClaim();
    await expect(cluster.backUp()).rejects.toMatchObject({ reason: "claim-lost" });
    expectNothingLeft(cluster, method === "readPlan" ? [] : [id]);
  });
});

describe("an inspection that says no", () => {
  it.each([
    [
      "db1",
      { serverId: "db9" },
      "topology",
      'the agent at "db1.example:7421" is of server "db9", the Plan says it is of "db1"',
    ],
    ["db2", { healthy: false, problem: "it is down" }, "unreachable", 'server "db2" is not ready: it is down'],
    ["db2", { sameFilesystem: false }, "cross-device", '"/data/db2" and "/data/db2/backups" are on two file systems'],
    ["db3", { pendingRestore: "older" }, "topology", 'server "db3" has an unfinished restore of "older"'],
    [
      "db3",
      { freeBytes: 1000, neededBytes: 2048 },
      "no-space",
      `"${id}" on server "db3": needs 2.0 KiB, has 1000 B free`,
    ],
    ["db1", { freeInodes: 1, neededInodes: 3 }, "no-space", 'on server "db1": needs 3 inodes, has 1 free'],
  ] as const)(
    "on %s (%j) ends the backup as %s before anything is prepared or locked",
    async (serverId, says, reason, message) => {
      const cluster = new FakeCluster();
      Object.assign(cluster.agent(serverId).description, says);
      await expect(cluster.backUp()).rejects.toMatchObject({ reason, message: expect.stringContaining(message) });
      expect(cluster.callsOf("prepare", "lock", "snapshot", "abort")).toEqual([]);
      expect(cluster.agency.holder).toBeUndefined();
    },
  );

  it("does not come from a file system without a limit of inodes", async () => {
    const cluster = new FakeCluster();
    Object.assign(cluster.agent("db1").description, { freeInodes: -1, neededInodes: 3 });
    await expect(cluster.backUp()).resolves.toMatchObject({ id });
  });

  it("does not come from a Plan without servers, which is refused before", async () => {
    const cluster = new FakeCluster([]);
    await expect(cluster.backUp()).rejects.toMatchObject({ reason: "topology", message: "the Plan names no servers" });
    expect(cluster.agency.holder).toBeUndefined();
  });
});

describe("a failure", () => {
  const steps: AgentMethod[] = ["prepare", "lock", "snapshot", "storeDump", "seal"];
  const faults = {
    "an error": new StillpointError("internal", "broken"),
    "no effect and no answer": "hang",
    "no answer": "lost",
  } as const;
  const cases = steps.flatMap((method) =>
    ["db1", "db2", "db3"].flatMap((serverId) =>
      Object.entries(faults).map(([what, fault]) => ({ method, serverId, what, fault })),
    ),
  );
  it.each(cases)(
    "of $method on $serverId ($what) leaves nothing, and names the server",
    async ({ method, serverId, fault }) => {
      const cluster = new FakeCluster();
      cluster.agent(serverId).wire.faults[method] = fault;
      const message = `server "${serverId}": ${fault instanceof Error ? "broken" : `${method}: no answer`}`;
      const reason = fault instanceof Error ? "internal" : "unreachable";
      await expect(cluster.backUp()).rejects.toMatchObject({ message, reason });
      expectNothingLeft(cluster);
      expectAborted(cluster, method === "prepare" ? 0 : 1);
      expect(cluster.agency.holder).toBeUndefined();
    },
  );

  it("of an inspection on one server names it, and nothing was prepared", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db2").wire.faults.describe = "hang";
    await expect(cluster.backUp()).rejects.toMatchObject({ message: 'server "db2": describe: no answer' });
    expect(cluster.callsOf("prepare", "abort")).toEqual([]);
  });

  const decided: [string, (cluster: FakeCluster) => void][] = [
    ["to commit on one server", (cluster) => cluster.agent("db2").wire.failOnce("commit", gone)],
    ["to commit, whose answer was lost,", (cluster) => cluster.agent("db2").wire.failOnce("commit", "lost")],
    ["to record", (cluster) => cluster.agency.wire.failOnce("record", gone)],
    [
      "of the claim during commit",
      (cluster) => cluster.agent("db2").wire.failOnce("commit", () => cluster.agency.loseClaim()),
    ],
  ];
  it.each(decided)("%s comes after the decision: the next coordinator finishes the backup", async (_, fail) => {
    const cluster = new FakeCluster();
    fail(cluster);
    await expect(cluster.backUp()).rejects.toMatchObject({
      message: expect.stringContaining(`the backup of "${id}" is not finished yet`),
      hint: expect.stringContaining("any coordinator finishes it"),
    });
    expect(cluster.callsOf("abort")).toEqual([]);
    expect([...cluster.agency.jobs.keys()]).toEqual([id]);
    await cluster.clock.run(settleJobs(cluster.ports, forever));
    expect(cluster.agents.map(({ committed }) => [...committed.keys()])).toEqual([[id], [id], [id]]);
    expect([...cluster.agency.records.keys()]).toEqual([id]);
    expect(cluster.agency.jobs.size).toBe(0);
  });

  it("after a busy round aborts by the number of the last round", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: forLong });
    await expect(cluster.backUp({ patience: 0, timeoutMs: 1500 })).rejects.toMatchObject({ reason: "lock-busy" });
    expect(cluster.callsOf("lock").at(-1)).toMatchObject({ round: 2 });
    expectAborted(cluster, 2);
  });

  it("to abort is reported, and the first failure is the one that is told", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.faults.seal = new StillpointError("internal", "the disk is gone");
    cluster.agent("db2").wire.faults.abort = new StillpointError("unreachable", "gone");
    await expect(cluster.backUp()).rejects.toMatchObject({ message: 'server "db1": the disk is gone' });
    expect(cluster.eventsOf("abort-failed")).toMatchObject([{ serverId: "db2", problem: "gone" }]);
    expect(cluster.eventsOf("aborted").map(({ serverId }) => serverId)).toEqual(["db1", "db3"]);
  });

  it.each(["prepare", "seal"] as const)(
    "of %s on one server ends the work of the others: it is in vain",
    async (method) => {
      const cluster = new FakeCluster();
      for (const { wire } of cluster.agents) wire.takesMs[method] = 3_600_000;
      cluster.agent("db2").wire.faults[method] = new StillpointError("no-space", "full");
      await expect(cluster.backUp()).rejects.toMatchObject({ reason: "no-space", message: 'server "db2": full' });
      expect(cluster.clock.now()).toBe(0);
    },
  );
});

describe("a cancellation", () => {
  it("comes too late once it is decided", async () => {
    const cluster = new FakeCluster();
    const cancel = new AbortController();
    cluster.agent("db2").wire.faults.commit = () => cancel.abort();
    await expect(cluster.backUp({}, cancel.signal)).resolves.toMatchObject({ id });
  });

  const steps: AgentMethod[] = ["describe", "prepare", "lock", "snapshot", "storeDump", "seal"];
  it.each(steps)("during %s ends the backup with its reason, and nothing is left", async (method) => {
    const cluster = new FakeCluster();
    const cancel = new AbortController();
    const reason = new StillpointError("cancelled", "enough");
    cluster.agent("db2").wire.faults[method] = () => cancel.abort(reason);
    await expect(cluster.backUp({}, cancel.signal)).rejects.toBe(reason);
    expectNothingLeft(cluster);
    expect(cluster.agency.holder).toBeUndefined();
  });
});

describe("a Plan that changes before the cut", () => {
  it("makes the backup be taken again from the reading of the Plan, with growing rounds", async () => {
    const cluster = new FakeCluster();
    cluster.agents.push(cluster.newAgent("db4"));
    cluster.agency.wire.faults.isCurrent = () => {
      if (cluster.callsOf("isCurrent").length === 1) cluster.join("db4");
    };
    const { rounds, servers, planRevision } = await cluster.backUp();
    expect(rounds.map(({ round, outcome }) => [round, outcome])).toEqual([
      [1, "held"],
      [2, "held"],
    ]);
    expect(servers.map((server) => server.id)).toEqual(["db1", "db2", "db3", "db4"]);
    expect(planRevision).toBe(106);
    expect(cluster.callsOf("abort").map(({ to, round }) => [to, round])).toEqual([
      ["db1", 1],
      ["db2", 1],
      ["db3", 1],
    ]);
    expect(cluster.eventsOf("plan-read", "taking-again", "recorded").map(({ step }) => step)).toEqual([
      "plan-read",
      "taking-again",
      "plan-read",
      "recorded",
    ]);
    expect(JSON.parse(String(cluster.agent("db4").committed.get(id)?.dump))).toMatchObject({ planRevision: 106 });
  });

  it("again and again ends the backup when the time is up", async () => {
    const cluster = new FakeCluster();
    cluster.agency.wire.faults.isCurrent = () =>
      cluster.agency.writePlan("Collections/users", `${cluster.clock.now()}`);
    for (const { wire } of cluster.agents) wire.takesMs.snapshot = 400;
    await expect(cluster.backUp({ timeoutMs: 2000 })).rejects.toMatchObject({ reason: "plan-changed" });
    expect(cluster.callsOf("lock").map(({ at }) => at)).toEqual([0, 0, 0, 800, 800, 800, 1600, 1600, 1600]);
    expectNothingLeft(cluster);
    expectAborted(cluster, 3);
  });

  it("leaves writers as long as they were blocked before they are blocked again", async () => {
    const cluster = new FakeCluster();
    cluster.agency.wire.faults.isCurrent = () => {
      if (cluster.callsOf("isCurrent").length === 1) cluster.agency.writePlan("Collections/users", "{}");
    };
    cluster.agent("db1").wire.takesMs.snapshot = 3000;
    await cluster.backUp();
    const [ended] = cluster.eventsOf("round-ended");
    const [, again] = cluster.eventsOf("round-started");
    expect(again?.at).toBe(Number(ended?.at) + 3000);
  });
});

describe("a hold that was too short for the cut", () => {
  it("is tried again if maxStallMs made it so short", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.takesMs.snapshot = 700;
    cluster.agent("db1").wire.faults.snapshot = () => {
      if (cluster.callsOf("snapshot").length > 3) cluster.agent("db1").wire.takesMs.snapshot = 10;
    };
    const { rounds } = await cluster.backUp({ maxStallMs: 1000 });
    expect(rounds).toHaveLength(2);
    for (const { stallMs } of cluster.eventsOf("released")) expect(stallMs).toBeLessThanOrEqual(1000);
  });

  it.each([
    [4000, /^server "db1": no hold of round/],
    [4600, /no time was left to try again after: server "db1": no hold of round/],
  ])("says that maxStallMs was too short, if no try within %i ms was better", async (timeoutMs, message) => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.takesMs.snapshot = 700;
    await expect(cluster.backUp({ maxStallMs: 1000, timeoutMs })).rejects.toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining("with --max-stall 1000ms a server has 375 ms to stop its writes"),
    });
    expectNothingLeft(cluster);
  });

  it("fails the backup if nobody asked for that", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.takesMs.snapshot = 10_000;
    await expect(cluster.backUp({ holdMs: 100 })).rejects.toMatchObject({
      reason: "hold-lost",
      message: expect.stringContaining('server "db1"'),
    });
    expect(cluster.eventsOf("taking-again")).toEqual([]);
    expectNothingLeft(cluster);
  });
});

describe("writes that may still be stopped after a round", () => {
  const problem = "writes may still be stopped: the command fails";

  it("are told of when it ends, by the error too, and do not count as released", async () => {
    const cluster = new FakeCluster();
    const { engine, wire } = cluster.agent("db1");
    engine.misbehaves.resume = new Error("no answer");
    wire.faults.snapshot = () => {
      engine.stillStopped = problem;
    };
    await expect(cluster.backUp()).rejects.toMatchObject({
      reason: "hold-lost",
      message: expect.stringMatching(
        /the hold of round 1 broke .*; server "db1": writes may still be stopped: the command/,
      ),
      hint: expect.stringContaining("look at these servers at once"),
    });
    expect(cluster.eventsOf("still-stopped")).toMatchObject([{ serverId: "db1", round: 1, problem }]);
    expect(cluster.eventsOf("released").map(({ serverId }) => serverId)).toEqual(["db2", "db3"]);
  });

  it("are not told of by the error when a later round has let them go", async () => {
    const cluster = new FakeCluster();
    const { engine, wire } = cluster.agent("db1");
    wire.takesMs.snapshot = 700;
    wire.faults.lock = () => {
      engine.stillStopped = cluster.callsOf("release").length === 0 ? problem : undefined;
    };
    const error = await rejectionOf(cluster.backUp({ maxStallMs: 1000, timeoutMs: 4000 }));
    expect(cluster.eventsOf("still-stopped")).toMatchObject([{ serverId: "db1", round: 1 }]);
    expect(error?.message).not.toContain("still be stopped");
  });
});

describe("a backup without a lock", () => {
  it("is made only if it is allowed, and is marked everywhere", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: forLong });
    const record = await cluster.backUp({ allowInconsistent: true, patience: 0, timeoutMs: 1000 });
    expect(record).toMatchObject({ potentiallyInconsistent: true });
    expect(record.rounds.map(({ outcome }) => outcome)).toEqual(["busy", "busy"]);
    for (const { committed } of cluster.agents) {
      expect(committed.get(id)?.piece).toMatchObject({ potentiallyInconsistent: true, hold: null });
    }
  });

  it("leaves nothing when it fails: the cut that was taken without a lock is aborted too", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db1").transaction({ ms: forLong });
    cluster.agent("db2").wire.failOnce("seal", new StillpointError("no-space", "full"));
    const taking = cluster.backUp({ allowInconsistent: true, patience: 0, timeoutMs: 1000 });
    await expect(taking).rejects.toMatchObject({ message: 'server "db2": full' });
    const [cut] = cluster.callsOf("snapshot");
    expectAborted(cluster, Number(cut?.round));
    expectNothingLeft(cluster);
  });

  it("is not made when the servers can be locked", async () => {
    const cluster = new FakeCluster();
    await expect(cluster.backUp({ allowInconsistent: true })).resolves.toMatchObject({
      potentiallyInconsistent: false,
    });
  });
});
