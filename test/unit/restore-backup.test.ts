// A restore: all servers go back to the backup, or none; and the Plan with them.
import { describe, expect, it } from "vitest";
import { type RestoreRequest, type RestoreResult, restoreBackup } from "../../coordinator/restore-backup.ts";
import { settleJobs } from "../../coordinator/take-over.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { AgentMethod } from "../support/fake-agent.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";
const planOfBackup = '{"shards":["db1","db2"]}';
const planOfToday = '{"shards":["db3"]}';
const today = { db1: "today", db2: "today", db3: "today" };
const restored = { db1: id, db2: id, db3: id };

/** A backup, since which one key of the Plan has changed and one is new. */
async function withBackup(backUp = {}): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  await cluster.backUp(backUp);
  cluster.agency.writePlan("Collections/users", planOfToday);
  cluster.agency.writePlan("Collections/new", "{}");
  cluster.calls.length = 0;
  cluster.events.length = 0;
  return cluster;
}

function restore(cluster: FakeCluster, request: Partial<RestoreRequest> = {}, stop = forever): Promise<RestoreResult> {
  const defaults = { id, dryRun: false, serverMap: new Map(), ignoreVersion: false, allowInconsistent: false };
  return cluster.clock.run(restoreBackup({ ...defaults, ...request }, cluster.ports, stop));
}

/** At no moment did one server work on the backup's data while another worked on its old data. */
function expectNeverMixed(cluster: FakeCluster): void {
  for (const running of cluster.history) expect(new Set(Object.values(running)).size).toBeLessThan(2);
}

/** All is as it was before the restore. */
function expectTakenBack(cluster: FakeCluster): void {
  expect(cluster.running).toEqual(today);
  expect(cluster.agents.map(({ server }) => server.pending)).toEqual([undefined, undefined, undefined]);
  expect(cluster.agency.plan).toMatchObject({ "Collections/users": planOfToday, "Collections/new": "{}" });
  expect(cluster.agency.holder).toBeUndefined();
  expectNeverMixed(cluster);
}

const refused = new StillpointError("internal", "broken");

describe("a restore", () => {
  it("puts every server and the Plan back to the backup, under a claim of its own", async () => {
    const cluster = await withBackup();
    const failsafeDir = (serverId: string) => `/data/${serverId}/backups/.failsafe/1`;
    expect(await restore(cluster)).toEqual({
      id,
      dryRun: false,
      planRevision: 109,
      planChanges: 2,
      servers: ["db1", "db2", "db3"].map((serverId) => ({
        id: serverId,
        pieceServerId: serverId,
        failsafeDir: failsafeDir(serverId),
        downMs: 12,
      })),
    });
    expect(cluster.running).toEqual(restored);
    expect(cluster.agency.plan).toMatchObject({ "Collections/users": planOfBackup });
    expect(cluster.agency.plan).not.toHaveProperty("Collections/new");
    expect(cluster.callsOf("claim")).toMatchObject([{ purpose: "restore", backupId: id, holder: "coordinator-a" }]);
    expect(cluster.agency.holder).toBeUndefined();
    expectNeverMixed(cluster);
  });

  it("flips no server before all are staged, and starts none before all are flipped and the Plan is written", async () => {
    const cluster = await withBackup();
    cluster.agent("db3").wire.takesMs.stageRestore = 1000;
    cluster.agent("db1").wire.takesMs.flipRestore = 500;
    cluster.agency.wire.takesMs.changePlan = 50;
    cluster.agent("db2").wire.takesMs.startRestored = 20;
    await restore(cluster);
    const steps = cluster.callsOf("stageRestore", "flipRestore", "changePlan", "startRestored", "finishRestore");
    expect(steps.map(({ at, to, method }) => `${at} ${to} ${method}`)).toEqual([
      ...["db1", "db2", "db3"].map((serverId) => `0 ${serverId} stageRestore`),
      ...["db1", "db2", "db3"].map((serverId) => `1000 ${serverId} flipRestore`),
      "1500 agency changePlan",
      ...["db1", "db2", "db3"].map((serverId) => `1550 ${serverId} startRestored`),
      ...["db1", "db2", "db3"].map((serverId) => `1570 ${serverId} finishRestore`),
    ]);
  });

  it("goes through its steps in order", async () => {
    const cluster = await withBackup();
    cluster.agents.forEach(({ wire }, index) => {
      wire.takesMs.stageRestore = 100 * index;
    });
    await restore(cluster);
    const steps = cluster.events.map((event) => ("serverId" in event ? `${event.serverId} ${event.step}` : event.step));
    const all = (step: string) => ["db1", "db2", "db3"].map((serverId) => `${serverId} ${step}`);
    expect(steps).toEqual([
      "claimed",
      ...["db1", "db2", "db3"].flatMap((serverId) => [`${serverId} checking`, `${serverId} staged`]),
      ...all("flipped"),
      "plan-restored",
      ...all("started"),
      ...all("finished"),
    ]);
  });

  it("lets the servers work until all are staged", async () => {
    const cluster = await withBackup();
    cluster.agent("db3").wire.takesMs.stageRestore = 1000;
    cluster.agent("db1").wire.faults.flipRestore = () => expect(cluster.history).toEqual([]);
    await restore(cluster);
    expect(cluster.clock.now()).toBe(1000);
    expect(cluster.running).toEqual(restored);
  });

  it("can be done again: the backup is untouched", async () => {
    const cluster = await withBackup();
    await restore(cluster);
    await restore(cluster);
    expect(cluster.running).toEqual(restored);
  });

  it("is done although one server could not tidy up, which is reported", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.finishRestore = refused;
    await expect(restore(cluster)).resolves.toMatchObject({ planChanges: 2 });
    expect(cluster.eventsOf("finish-failed")).toMatchObject([{ serverId: "db2", problem: "broken" }]);
    expect(cluster.running).toEqual(restored);
  });

  it("is done although the claim cannot be given back", async () => {
    const cluster = await withBackup();
    cluster.agency.wire.faults.release = new StillpointError("unreachable", "etcd is gone");
    await expect(restore(cluster)).resolves.toMatchObject({ planChanges: 2 });
  });
});

describe("a restore that is refused before anything is staged", () => {
  async function expectRefused(cluster: FakeCluster, request: Partial<RestoreRequest>, error: object): Promise<void> {
    await expect(restore(cluster, request)).rejects.toMatchObject(error);
    expect(cluster.callsOf("stageRestore", "undoRestore", "flipRestore", "changePlan")).toEqual([]);
    expect(cluster.agency.holder?.holder).not.toBe("coordinator-a");
  }

  it("says who has the claim, and calls no agent", async () => {
    const cluster = await withBackup();
    await cluster.agency.claim({ holder: "coordinator-b", backupId: "theirs", purpose: "create" }, forever);
    await expectRefused(cluster, {}, { reason: "claim-taken", message: expect.stringContaining("coordinator-b") });
    expect(cluster.calls.every(({ to }) => to === "agency")).toBe(true);
  });

  it("says that there is no such backup", async () => {
    await expectRefused(await withBackup(), { id: "other" }, { reason: "not-found" });
  });

  it("says what is missing of a backup that is PARTIAL", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").committed.clear();
    const message = `backup "${id}" is PARTIAL: server "db2": its piece is missing`;
    await expectRefused(cluster, {}, { reason: "topology", message });
  });

  it("asks for consent to a backup that is INCONSISTENT", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 1_000_000 });
    await cluster.backUp({ allowInconsistent: true, timeoutMs: 100 });
    const hint = expect.stringContaining("--allow-inconsistent");
    await expectRefused(cluster, {}, { reason: "topology", hint });
    await restore(cluster, { allowInconsistent: true });
    expect(cluster.running).toEqual(restored);
  });

  it.each([
    ["names a server that the backup has not", { db9: "db1" }, '--map names "db9", which is no server of the backup'],
    [
      "names a server that today's Plan has not",
      { db1: "db9" },
      'its server "db1" has no server "db9" in today\'s Plan',
    ],
    ["gives one server two pieces", { db1: "db2" }, "two of its servers map to the same server"],
  ])("says that --map %s", async (_, map, why) => {
    const message = `backup "${id}" does not fit the cluster: ${why}`;
    await expectRefused(
      await withBackup(),
      { serverMap: new Map(Object.entries(map)) },
      { reason: "topology", message },
    );
  });

  it("says which server of today would get no data", async () => {
    const cluster = await withBackup();
    cluster.agents.push(cluster.newAgent("db4"));
    cluster.join("db4");
    const message = expect.stringContaining('today\'s server "db4" would get no data');
    await expectRefused(cluster, {}, { reason: "topology", message });
  });

  it("says that the dump cannot be used", async () => {
    const cluster = await withBackup();
    const committed = cluster.agent("db1").committed.get(id);
    if (committed !== undefined) committed.dump = Buffer.from("{}");
    await expectRefused(cluster, {}, { reason: "corrupt" });
  });
});

describe("a dry run", () => {
  it("checks every piece and changes nothing", async () => {
    const cluster = await withBackup();
    const { planRevision } = await restore(cluster, { dryRun: true });
    expect(planRevision).toBe(108);
    expect(cluster.callsOf("stageRestore")).toMatchObject(Array(3).fill({ dryRun: true }));
    expect(cluster.callsOf("flipRestore", "changePlan", "startRestored", "undoRestore", "finishRestore")).toEqual([]);
    expect(cluster.history).toEqual([]);
    expectTakenBack(cluster);
  });

  it("tells what a restore would do", async () => {
    const servers = ["db1", "db2", "db3"].map((id) => ({ id, pieceServerId: id, failsafeDir: "", downMs: 0 }));
    expect(await restore(await withBackup(), { dryRun: true })).toMatchObject({
      dryRun: true,
      planChanges: 2,
      servers,
    });
  });

  it("that finds a damaged piece has nothing to undo", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.stageRestore = new StillpointError("corrupt", "data/1.sst has another checksum");
    await expect(restore(cluster, { dryRun: true })).rejects.toMatchObject({ reason: "corrupt" });
    expect(cluster.callsOf("undoRestore")).toEqual([]);
    expectTakenBack(cluster);
  });
});

describe("a restore to other servers", () => {
  /** db3 is gone; db4 is there in its place, with its piece. */
  async function withReplacement(): Promise<FakeCluster> {
    const cluster = await withBackup();
    const moved = cluster.agent("db3").committed.get(id);
    cluster.agents.splice(2, 1, cluster.newAgent("db4"));
    if (moved !== undefined) cluster.agent("db4").committed.set(id, moved);
    cluster.agency.writePlan("DBServers/db3", undefined);
    cluster.join("db4");
    return cluster;
  }

  it("gives each the piece that --map says, and writes the Plan with the new ids", async () => {
    const cluster = new FakeCluster();
    cluster.agency.writePlan("Collections/orders", '{"shards":["db3"]}');
    await cluster.backUp();
    const moved = cluster.agent("db3").committed.get(id);
    cluster.agents.splice(2, 1, cluster.newAgent("db4"));
    if (moved !== undefined) cluster.agent("db4").committed.set(id, moved);
    cluster.agency.writePlan("DBServers/db3", undefined);
    cluster.join("db4");
    const { servers } = await restore(cluster, { serverMap: new Map([["db3", "db4"]]) });
    expect(servers).toMatchObject([
      { id: "db1", pieceServerId: "db1" },
      { id: "db2", pieceServerId: "db2" },
      { id: "db4", pieceServerId: "db3" },
    ]);
    expect(cluster.running).toEqual({ db1: id, db2: id, db4: id });
    expect(cluster.agency.plan).toEqual({
      "Collections/orders": '{"shards":["db4"]}',
      "Collections/users": planOfBackup,
      "DBServers/db1": '{"agent":"db1.example:7421"}',
      "DBServers/db2": '{"agent":"db2.example:7421"}',
      "DBServers/db4": '{"agent":"db4.example:7421"}',
    });
  });

  it("is refused without the map, with a hint at it", async () => {
    const cluster = await withReplacement();
    await expect(restore(cluster)).rejects.toMatchObject({
      reason: "topology",
      message: expect.stringContaining('its server "db3" has no server "db3" in today\'s Plan'),
      hint: expect.stringContaining("--map"),
    });
  });

  it("is refused by an agent that has the piece of another server", async () => {
    const cluster = await withBackup();
    const serverMap = new Map(Object.entries({ db1: "db2", db2: "db1" }));
    await expect(restore(cluster, { serverMap })).rejects.toMatchObject({
      reason: "topology",
      message: expect.stringContaining("the piece is of another server"),
    });
    expectTakenBack(cluster);
  });
});

describe("a failure", () => {
  const steps: AgentMethod[] = ["stageRestore", "flipRestore", "startRestored"];
  const faults = { "an error": refused, "no effect and no answer": "hang", "no answer": "lost" } as const;
  const cases = steps.flatMap((method) =>
    ["db1", "db2", "db3"].flatMap((serverId) =>
      Object.entries(faults).map(([what, fault]) => ({ method, serverId, what, fault })),
    ),
  );
  it.each(cases)("of $method on $serverId ($what) takes everything back", async ({ method, serverId, fault }) => {
    const cluster = await withBackup();
    cluster.agent(serverId).wire.failOnce(method, fault);
    const message = `server "${serverId}": ${fault instanceof Error ? "broken" : `${method}: no answer`}`;
    await expect(restore(cluster)).rejects.toMatchObject({ message });
    expectTakenBack(cluster);
    expect(cluster.eventsOf("undone").map((event) => event.serverId)).toEqual(["db1", "db2", "db3"]);
    expect(cluster.eventsOf("undo-failed")).toEqual([]);
  });

  it("to start gives all servers their old data and the Plan before the first one is started again", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.failOnce("startRestored", refused);
    cluster.agent("db3").wire.takesMs.undoRestore = 700;
    await expect(restore(cluster)).rejects.toThrow();
    const undoing = cluster.calls.slice(cluster.calls.findIndex(({ method }) => method === "undoRestore"));
    expect(undoing.map(({ at, to, method }) => `${at} ${to} ${method}`)).toEqual([
      ...["db1", "db2", "db3"].map((serverId) => `0 ${serverId} undoRestore`),
      ...["readPlan", "readPlanChange", "changePlan"].map((method) => `700 agency ${method}`),
      ...["db1", "db2", "db3"].map((serverId) => `700 ${serverId} startRestored`),
      ...["settle", "release"].map((method) => `700 agency ${method}`),
    ]);
  });

  it("to stage on one server ends the staging of the others", async () => {
    const cluster = await withBackup();
    for (const { wire } of cluster.agents) wire.takesMs.stageRestore = 3_600_000;
    cluster.agent("db2").wire.faults.stageRestore = new StillpointError("no-space", "full");
    await expect(restore(cluster)).rejects.toMatchObject({ message: 'server "db2": full' });
    expect(cluster.clock.now()).toBe(0);
    expectTakenBack(cluster);
  });

  it("to undo is reported, and the others work on their old data again: nobody was started on the new", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.flipRestore = refused;
    cluster.agent("db2").wire.faults.undoRestore = new StillpointError("unreachable", "gone");
    await expect(restore(cluster)).rejects.toMatchObject({ message: 'server "db2": broken' });
    expect(cluster.eventsOf("undo-failed")).toMatchObject([{ serverId: "db2", problem: "gone" }]);
    expect(cluster.running).toEqual(today);
    expectNeverMixed(cluster);
  });

  it("to undo after servers were started leaves the others stopped: one may still work on the new data", async () => {
    const cluster = await withBackup();
    cluster.agent("db1").wire.faults.undoRestore = new StillpointError("unreachable", "gone");
    cluster.agent("db2").wire.failOnce("startRestored", refused);
    await expect(restore(cluster)).rejects.toMatchObject({ message: 'server "db2": broken' });
    expect(cluster.running).toEqual({ db1: id });
    const problem = "it stays stopped, because another server may still work on the backup's data";
    expect(cluster.eventsOf("undo-failed")).toMatchObject([
      { serverId: "db1", problem: "gone" },
      { serverId: "db2", problem },
      { serverId: "db3", problem },
    ]);
    expectNeverMixed(cluster);
  });

  it("to start a server on its old data, which it could not use before either, stands in nobody's way", async () => {
    const cluster = await withBackup();
    const { server } = cluster.agent("db1");
    const start = server.start.bind(server);
    server.runs = false;
    server.start = (undone) => {
      if (server.data === "today") throw new StillpointError("corrupt", "it cannot use its files");
      start(undone);
    };
    cluster.agent("db2").wire.failOnce("flipRestore", refused);
    await expect(restore(cluster)).rejects.toMatchObject({ message: 'server "db2": broken' });
    expect(cluster.eventsOf("undo-failed")).toMatchObject([{ serverId: "db1", problem: "it cannot use its files" }]);
    expect(cluster.agency.jobs.size).toBe(0);
    await restore(cluster);
    expect(cluster.running).toEqual({ db1: id, db2: id, db3: id });
  });

  it("to start a server on its old data again is reported", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.startRestored = refused;
    await expect(restore(cluster)).rejects.toMatchObject({ message: 'server "db2": broken' });
    expect(cluster.eventsOf("undo-failed")).toMatchObject([{ serverId: "db2", problem: "broken" }]);
    expect(cluster.running).toEqual({ db1: "today", db3: "today" });
  });
});

describe("the Plan", () => {
  it("that changed since it was read ends the restore, and keeps what others wrote", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.flipRestore = () => cluster.agency.writePlan("Collections/users", "theirs");
    await expect(restore(cluster)).rejects.toMatchObject({ reason: "plan-changed" });
    expect(cluster.agency.plan).toMatchObject({ "Collections/users": "theirs", "Collections/new": "{}" });
    expect(cluster.running).toEqual(today);
  });

  it("is put back also when the answer to its change was lost", async () => {
    const cluster = await withBackup();
    cluster.agency.wire.failOnce("changePlan", "lost");
    await expect(restore(cluster)).rejects.toMatchObject({ reason: "unreachable" });
    expectTakenBack(cluster);
  });

  it("is put back also when a part of its change was written before somebody else changed it", async () => {
    const cluster = await withBackup();
    cluster.agency.wire.failOnce("changePlan", () => {
      cluster.agency.writePlan("Collections/users", planOfBackup);
      throw new StillpointError("plan-changed", "part 1 of 2 of the change was written before");
    });
    await expect(restore(cluster)).rejects.toMatchObject({ reason: "plan-changed" });
    expectTakenBack(cluster);
  });

  it("is put back only where the restore changed it, and nobody else since", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.failOnce("startRestored", () => {
      cluster.agency.writePlan("Collections/theirs", "1");
      cluster.agency.writePlan("Collections/users", "theirs");
      throw refused;
    });
    await expect(restore(cluster)).rejects.toThrow("broken");
    expect(cluster.agency.plan).toMatchObject({
      "Collections/theirs": "1",
      "Collections/users": "theirs",
      "Collections/new": "{}",
    });
  });

  it("loses the keys again that only the backup had", async () => {
    const cluster = await withBackup();
    cluster.agency.writePlan("Collections/users", undefined);
    cluster.agent("db2").wire.failOnce("startRestored", refused);
    await expect(restore(cluster)).rejects.toThrow("broken");
    expect(Object.keys(cluster.agency.plan)).toEqual([
      "Collections/new",
      "DBServers/db1",
      "DBServers/db2",
      "DBServers/db3",
    ]);
  });

  it("that cannot be put back is reported, and the servers work on their old data again", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.failOnce("startRestored", () => {
      cluster.agency.wire.faults.changePlan = new StillpointError("unreachable", "etcd is gone");
      throw refused;
    });
    await expect(restore(cluster)).rejects.toThrow("broken");
    const problem = "the Plan could not be put back: etcd is gone";
    expect(cluster.eventsOf("undo-failed")).toMatchObject([{ serverId: "", problem }]);
    expect(cluster.running).toEqual(today);
  });
});

describe("the claim", () => {
  it.each(["stageRestore", "flipRestore"] as const)("that is lost during %s takes everything back", async (method) => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults[method] = () => cluster.agency.loseClaim();
    await expect(restore(cluster)).rejects.toMatchObject({
      reason: "claim-lost",
      message: "the claim was lost: its lease ended",
    });
    expectTakenBack(cluster);
  });

  it("that is lost once the Plan is written leaves it to the next coordinator to finish the restore", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.failOnce("startRestored", () => cluster.agency.loseClaim());
    const message = `the restore of "${id}" is not finished yet: the claim was lost: its lease ended`;
    await expect(restore(cluster)).rejects.toMatchObject({ reason: "claim-lost", message });
    expect(cluster.running).toEqual(restored);
    await cluster.clock.run(settleJobs(cluster.ports, forever));
    expect(cluster.running).toEqual(restored);
    expect(cluster.agency.jobs.size).toBe(0);
  });
});

describe("a cancellation", () => {
  it.each(["stageRestore", "flipRestore"] as const)("during %s takes everything back", async (method) => {
    const cluster = await withBackup();
    const cancel = new AbortController();
    const reason = new StillpointError("cancelled", "enough");
    cluster.agent("db2").wire.faults[method] = () => cancel.abort(reason);
    await expect(restore(cluster, {}, cancel.signal)).rejects.toBe(reason);
    expectTakenBack(cluster);
  });

  it("comes too late once the Plan is written", async () => {
    const cluster = await withBackup();
    const cancel = new AbortController();
    cluster.agent("db2").wire.faults.startRestored = () => cancel.abort();
    await expect(restore(cluster, {}, cancel.signal)).resolves.toMatchObject({ planChanges: 2 });
    expect(cluster.running).toEqual(restored);
  });
});
