// What a coordinator leaves that died, and how the next one settles it: at every call, before and after its effect.
import { describe, expect, it } from "vitest";
import { createBackup } from "../../coordinator/create-backup.ts";
import { deleteBackup } from "../../coordinator/delete-backup.ts";
import type { Ports } from "../../coordinator/ports.ts";
import { restoreBackup } from "../../coordinator/restore-backup.ts";
import { StandBy } from "../../coordinator/stand-by.ts";
import { settleJobs } from "../../coordinator/take-over.ts";
import { StillpointError } from "../../proto/errors.ts";
import { type Death, dyingCoordinator } from "../support/dying-coordinator.ts";
import { backupRequest, FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";
const planOfBackup = '{"shards":["db1","db2"]}';
const planOfToday = '{"shards":["db3"]}';
const gone = new StillpointError("unreachable", "gone");
const claimTtlMs = 10_000;

type Work = (ports: Ports) => Promise<unknown>;
const create: Work = (ports) => createBackup(backupRequest, ports, forever);
const remove: Work = (ports) => deleteBackup(id, ports, forever);
const restoreRequest = { id, dryRun: false, serverMap: new Map(), ignoreVersion: false, allowInconsistent: false };
const restore: Work = (ports) => restoreBackup(restoreRequest, ports, forever);

async function withBackup(): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  await cluster.backUp();
  cluster.agency.writePlan("Collections/users", planOfToday);
  return cluster;
}

/** The run of a coordinator that dies in it; its lease has ended then. False if the run was over before it could die. */
async function dieIn(cluster: FakeCluster, work: Work, death: Death): Promise<boolean> {
  const { ports, isDead } = dyingCoordinator(cluster.ports, death);
  void work(ports).catch(() => {});
  await cluster.clock.advance(60_000);
  cluster.agency.loseClaim();
  return isDead();
}

/** Each death at each call, on a cluster of its own, until the run is over before it. */
async function* deaths(
  open: () => Promise<FakeCluster>,
  work: Work,
): AsyncGenerator<{ where: string; cluster: FakeCluster }> {
  for (const when of ["before", "after"] as const) {
    for (let call = 1; ; call++) {
      const cluster = await open();
      if (!(await dieIn(cluster, work, { call, when }))) break;
      yield { where: `${when} call ${call}`, cluster };
    }
  }
}

function settle(cluster: FakeCluster): Promise<void> {
  return cluster.clock.run(settleJobs({ ...cluster.ports, holder: "coordinator-b" }, forever));
}

/** Where a backup is: on how many servers, and whether it is recorded. */
function found(cluster: FakeCluster) {
  const pieces = cluster.agents.filter(({ committed }) => committed.has(id)).length;
  return { pieces, recorded: cluster.agency.records.has(id) };
}

function expectSettled(cluster: FakeCluster, where: string): void {
  expect(cluster.agency.jobs.size, where).toBe(0);
  expect(cluster.agency.saved, where).toEqual({ before: [], after: [] });
  expect(cluster.agency.holder, where).toBeUndefined();
  expect(cluster.stopped, where).toEqual([]);
  expect(
    cluster.agents.map(({ staged }) => staged),
    where,
  ).toEqual([undefined, undefined, undefined]);
}

describe("a coordinator that dies", () => {
  it("in a backup leaves all of it or nothing, once its run is settled", async () => {
    const outcomes = new Set<string>();
    for await (const { where, cluster } of deaths(async () => new FakeCluster(), create)) {
      await settle(cluster);
      expectSettled(cluster, where);
      const { pieces, recorded } = found(cluster);
      expect({ pieces, recorded }, where).toEqual(recorded ? { pieces: 3, recorded } : { pieces: 0, recorded });
      outcomes.add(recorded ? "complete" : "nothing");
    }
    expect(outcomes).toEqual(new Set(["complete", "nothing"]));
  });

  it("in a deletion leaves all of the backup or nothing", async () => {
    const outcomes = new Set<string>();
    for await (const { where, cluster } of deaths(withBackup, remove)) {
      await settle(cluster);
      expectSettled(cluster, where);
      const { pieces, recorded } = found(cluster);
      expect(pieces, where).toBe(recorded ? 3 : 0);
      outcomes.add(recorded ? "complete" : "nothing");
    }
    expect(outcomes).toEqual(new Set(["complete", "nothing"]));
  });

  it("in a restore leaves all servers and the Plan on the backup, or all on what they had", async () => {
    const outcomes = new Set<string>();
    for await (const { where, cluster } of deaths(withBackup, restore)) {
      await settle(cluster);
      expectSettled(cluster, where);
      const [data] = Object.values(cluster.running);
      expect(cluster.running, where).toEqual({ db1: data, db2: data, db3: data });
      expect(cluster.agency.plan["Collections/users"], where).toBe(data === id ? planOfBackup : planOfToday);
      for (const running of cluster.history) expect(new Set(Object.values(running)).size, where).toBeLessThan(2);
      outcomes.add(String(data));
    }
    expect(outcomes).toEqual(new Set([id, "today"]));
  });

  it("while it settles the run of another leaves it to the next", async () => {
    for await (const { where, cluster } of deaths(withBackup, restore)) {
      await dieIn(cluster, (ports) => settleJobs(ports, forever), { call: 7, when: "after" });
      await settle(cluster);
      expectSettled(cluster, where);
      const [data] = Object.values(cluster.running);
      expect(cluster.running, where).toEqual({ db1: data, db2: data, db3: data });
      expect(cluster.agency.plan["Collections/users"], where).toBe(data === id ? planOfBackup : planOfToday);
    }
  });

  it("lets the next backup begin, which settles its run first", async () => {
    for await (const { where, cluster } of deaths(async () => new FakeCluster(), create)) {
      await expect(cluster.backUp({ label: "next" }), where).resolves.toMatchObject({ label: "next" });
      expectSettled(cluster, where);
      expect(found(cluster).pieces, where).toBe(found(cluster).recorded ? 3 : 0);
    }
  });
});

describe("a run that cannot be settled", () => {
  it("keeps its job and lets no other run begin, until its agents answer", async () => {
    const cluster = new FakeCluster();
    await dieIn(cluster, create, { call: 12, when: "after" });
    cluster.agent("db2").wire.faults.abort = gone;
    await expect(cluster.backUp({ label: "next" })).rejects.toMatchObject({
      reason: "unreachable",
      message: `what a dead run left of backup "${id}" cannot be settled: server "db2": gone`,
    });
    expect(cluster.agency.jobs.size).toBe(1);
    delete cluster.agent("db2").wire.faults.abort;
    await expect(cluster.backUp({ label: "next" })).resolves.toMatchObject({ label: "next" });
  });

  it("does not wait for a server that has left the Plan", async () => {
    const cluster = new FakeCluster();
    await dieIn(cluster, create, { call: 12, when: "after" });
    cluster.agent("db2").wire.faults.abort = gone;
    cluster.agency.writePlan("DBServers/db2", undefined);
    await settle(cluster);
    expect(cluster.agency.jobs.size).toBe(0);
  });

  it("whose job nobody can read says which key to look at", async () => {
    const cluster = new FakeCluster();
    cluster.agency.jobs.set(id, "{");
    await expect(cluster.backUp()).rejects.toMatchObject({
      reason: "corrupt",
      hint: expect.stringContaining(`Target/HotBackup/Jobs/${id}`),
    });
    cluster.agency.jobs.set(id, '{"formatVersion":2}');
    await expect(cluster.backUp()).rejects.toMatchObject({ reason: "version" });
    expect(cluster.agency.jobs.size).toBe(1);
  });
});

describe("a decided backup", () => {
  it("of which a piece is gone for good is removed: nobody was told of it", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db2").wire.faults.commit = gone;
    await expect(cluster.backUp()).rejects.toThrow("not finished yet");
    delete cluster.agent("db2").wire.faults.commit;
    cluster.agent("db2").staged = undefined;
    await settle(cluster);
    expectSettled(cluster, "");
    expect(found(cluster)).toEqual({ pieces: 0, recorded: false });
  });
});

describe("a restore that was decided", () => {
  it("is taken back by whoever settles it, if a server does not start on the backup's data", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.startRestored = () => cluster.agency.loseClaim();
    await expect(cluster.clock.run(restore(cluster.ports))).rejects.toMatchObject({ reason: "claim-lost" });
    const corrupt = new StillpointError("corrupt", "it cannot read its files");
    cluster.agent("db3").wire.failOnce("startRestored", corrupt);
    delete cluster.agent("db2").wire.faults.startRestored;
    cluster.agency.jobs.set(id, (cluster.agency.jobs.get(id) ?? "").replace("finishing", "starting"));
    await settle(cluster);
    expect(cluster.running).toEqual({ db1: "today", db2: "today", db3: "today" });
    expect(cluster.agency.plan["Collections/users"]).toBe(planOfToday);
    expectSettled(cluster, "");
  });
});

describe("a coordinator that stands by", () => {
  async function standBy(cluster: FakeCluster, ms: number): Promise<void> {
    const watcher = new StandBy({ ...cluster.ports, holder: "coordinator-b" }, claimTtlMs);
    await cluster.clock.advance(ms);
    await watcher.close();
  }

  it("settles the run of a dead one by itself", async () => {
    const cluster = new FakeCluster();
    await dieIn(cluster, create, { call: 12, when: "after" });
    await standBy(cluster, 0);
    expectSettled(cluster, "");
    expect(cluster.eventsOf("settling", "settled")).toMatchObject([
      { backupId: id, phase: "making", holder: "coordinator-a" },
      { backupId: id, outcome: "aborted" },
    ]);
  });

  it("leaves a run alone whose coordinator lives", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").wire.takesMs.seal = 5 * claimTtlMs;
    const backup = createBackup(backupRequest, cluster.ports, forever);
    await standBy(cluster, 4 * claimTtlMs);
    await cluster.clock.run(backup);
    expect(found(cluster)).toEqual({ pieces: 3, recorded: true });
  });

  it("tells once why a run cannot be settled, and goes on trying", async () => {
    const cluster = new FakeCluster();
    await dieIn(cluster, create, { call: 12, when: "after" });
    cluster.agent("db2").wire.faults.abort = gone;
    await standBy(cluster, 3 * claimTtlMs);
    expect(cluster.eventsOf("settle-failed")).toHaveLength(1);
    expect(cluster.callsOf("abort").filter(({ to }) => to === "db2").length).toBeGreaterThan(2);
  });
});
