// What a backup is worth, from what its pieces and its record say.
import { describe, expect, it } from "vitest";
import { findBackup } from "../../coordinator/find-backup.ts";
import { type BackupList, type KnownBackup, listBackups } from "../../coordinator/list-backups.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { Piece } from "../../proto/gen/stillpoint/v1/Piece.ts";
import { costOfCut, pieceMessage } from "../support/fake-agent.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";

async function withBackup(): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  for (const { wire } of cluster.agents) wire.takesMs.snapshot = 10;
  await cluster.backUp();
  return cluster;
}

function list(cluster: FakeCluster, backupId?: string): Promise<BackupList> {
  return cluster.clock.run(listBackups(cluster.ports, forever, backupId));
}

async function onlyBackup(cluster: FakeCluster): Promise<KnownBackup> {
  const { backups } = await list(cluster);
  expect(backups).toHaveLength(1);
  return backups[0] as KnownBackup;
}

function pieceOf(cluster: FakeCluster, serverId: string): Piece {
  return cluster.agent(serverId).committed.get(id)?.piece as Piece;
}

describe("a backup", () => {
  it("is COMPLETE if all of its pieces are there, agree, and prove their part of the cut", async () => {
    const cluster = await withBackup();
    const { servers, ...backup } = await onlyBackup(cluster);
    expect(backup).toEqual({
      id,
      label: "nightly",
      state: "BACKUP_STATE_COMPLETE",
      createdAt: { seconds: Date.UTC(2026, 10, 22, 15, 4, 5) / 1000, nanos: 123_000_000 },
      sizeInBytes: 3000,
      nrFiles: 27,
      nrDbServers: 3,
      potentiallyInconsistent: false,
      planRevision: 105,
      token: 105,
      deadTimeMs: 30,
      rounds: [{ round: 1, outcome: "held", waitMs: 250, deadTimeMs: 30, firstServerIds: [], blockers: [] }],
      problems: [],
    });
    expect(servers).toEqual(
      ["db1", "db2", "db3"].map((serverId) => {
        const piece = pieceOf(cluster, serverId);
        return { id: serverId, foundOn: serverId, present: true, problem: "", ...costOfCut, piece };
      }),
    );
  });

  it("is INCONSISTENT if its pieces were taken without a lock", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 1_000_000 });
    await cluster.backUp({ allowInconsistent: true, timeoutMs: 100 });
    const { state, potentiallyInconsistent, problems, rounds } = await onlyBackup(cluster);
    expect({ state, potentiallyInconsistent, problems }).toEqual({
      state: "BACKUP_STATE_INCONSISTENT",
      potentiallyInconsistent: true,
      problems: [],
    });
    expect(rounds).toMatchObject([{ outcome: "busy", blockers: [{ serverId: "db2", id: "t1" }] }]);
  });

  it("is PARTIAL if a piece is missing, and says which one", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").committed.clear();
    const { state, problems, servers } = await onlyBackup(cluster);
    expect(state).toBe("BACKUP_STATE_PARTIAL");
    expect(problems).toEqual(['server "db2": its piece is missing']);
    expect(servers[1]).toMatchObject({ id: "db2", present: false, foundOn: undefined, stallMs: 10, bytes: 1000 });
  });

  it("is PARTIAL if the server of a piece is not in the Plan any more", async () => {
    const cluster = await withBackup();
    cluster.agency.writePlan("DBServers/db3", undefined);
    expect(await onlyBackup(cluster)).toMatchObject({
      state: "BACKUP_STATE_PARTIAL",
      problems: ['server "db3": its piece is missing'],
    });
  });

  it("is PARTIAL if an agent cannot be asked, which is told for the backup and for the list", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.listPieces = new StillpointError("unreachable", "connection refused");
    const { backups, unreachable } = await list(cluster);
    expect(unreachable).toEqual([{ id: "db2", problem: "connection refused" }]);
    expect(backups).toMatchObject([
      { state: "BACKUP_STATE_PARTIAL", problems: ['server "db2": its agent cannot be asked: connection refused'] },
    ]);
  });

  it("is COMPLETE although an agent cannot be asked that has no piece of it", async () => {
    const cluster = await withBackup();
    cluster.agents.push(cluster.newAgent("db4"));
    cluster.join("db4");
    cluster.agent("db4").wire.faults.listPieces = new StillpointError("unreachable", "connection refused");
    const { backups, unreachable } = await list(cluster);
    expect(unreachable).toMatchObject([{ id: "db4" }]);
    expect(backups).toMatchObject([{ state: "BACKUP_STATE_COMPLETE", nrDbServers: 3 }]);
  });

  it("is PARTIAL if the META of a piece cannot be read", async () => {
    const cluster = await withBackup();
    pieceOf(cluster, "db1").problem = "META.json is damaged";
    const { state, problems, servers } = await onlyBackup(cluster);
    expect({ state, problems }).toEqual({
      state: "BACKUP_STATE_PARTIAL",
      problems: ['server "db1": META.json is damaged'],
    });
    expect(servers.map(({ present }) => present)).toEqual([true, true, true]);
  });

  it("is PARTIAL if no META can be read, and still lists where its pieces are", async () => {
    const cluster = await withBackup();
    cluster.agency.records.clear();
    for (const serverId of ["db1", "db2", "db3"]) pieceOf(cluster, serverId).problem = "META.json is damaged";
    const { state, servers } = await onlyBackup(cluster);
    expect(state).toBe("BACKUP_STATE_PARTIAL");
    expect(servers.map((server) => [server.id, server.problem])).toEqual(
      ["db1", "db2", "db3"].map((serverId) => [serverId, "META.json is damaged"]),
    );
  });

  it.each([
    ["its token", { token: 99 }, "its token is 99, the others have 105"],
    ["the Plan", { planRevision: 99 }, "its Plan is of revision 99, that of the others 105"],
    ["the servers", { serverIds: ["db1", "db2"] }, "it names other servers than the others do"],
  ])("is PARTIAL if a piece disagrees with the others about %s", async (_, says, problem) => {
    const cluster = await withBackup();
    Object.assign(pieceOf(cluster, "db3"), says);
    expect(await onlyBackup(cluster)).toMatchObject({
      state: "BACKUP_STATE_PARTIAL",
      problems: [`server "db3": ${problem}`],
    });
  });

  it.each([
    ["was made in another round", { round: 2 }, "its cut was made in another round than that of the others"],
    ["is of a hold that broke", { unbroken: false }, "its hold was broken"],
    ["is of a hold that never began", { heldAt: null }, "it does not say under which hold it was made"],
    ["is of a hold that never ended", { endedAt: null }, "it does not say under which hold it was made"],
    ["came before its hold", { heldAt: { seconds: 2e9, nanos: 0 } }, "its cut was made outside of its hold"],
    ["came after its hold", { endedAt: { seconds: 1e9, nanos: 0 } }, "its cut was made outside of its hold"],
  ])("is PARTIAL if the cut of a piece %s", async (_, says, problem) => {
    const cluster = await withBackup();
    Object.assign(pieceOf(cluster, "db2").hold ?? {}, says);
    expect(await onlyBackup(cluster)).toMatchObject({
      state: "BACKUP_STATE_PARTIAL",
      problems: [`server "db2": ${problem}`],
    });
  });

  it("is PARTIAL if a piece says neither that it was taken without a lock nor under which", async () => {
    const cluster = await withBackup();
    for (const serverId of ["db1", "db2", "db3"]) pieceOf(cluster, serverId).hold = null;
    const { state, problems } = await onlyBackup(cluster);
    expect(state).toBe("BACKUP_STATE_PARTIAL");
    expect(problems).toHaveLength(3);
  });

  it("is COMPLETE without its record, which only tells what it cost", async () => {
    const cluster = await withBackup();
    cluster.agency.records.clear();
    expect(await onlyBackup(cluster)).toMatchObject({ state: "BACKUP_STATE_COMPLETE", deadTimeMs: 0, rounds: [] });
  });

  it("of which only the record is left is PARTIAL, with all its servers missing", async () => {
    const cluster = await withBackup();
    for (const { committed } of cluster.agents) committed.clear();
    const backup = await onlyBackup(cluster);
    expect(backup).toMatchObject({ state: "BACKUP_STATE_PARTIAL", label: "nightly", sizeInBytes: 0, deadTimeMs: 30 });
    expect(backup.createdAt).toMatchObject({ nanos: 123_000_000 });
    expect(backup.problems).toEqual(["db1", "db2", "db3"].map((each) => `server "${each}": its piece is missing`));
  });

  it.each(["garbage", "{}", '{"formatVersion":2}'])(
    "of which only a record is left that cannot be read (%s) is never COMPLETE",
    async (record) => {
      const cluster = new FakeCluster();
      cluster.agency.records.set(id, record);
      expect(await onlyBackup(cluster)).toMatchObject({
        id,
        state: "BACKUP_STATE_PARTIAL",
        nrDbServers: 0,
        problems: ["nothing tells which servers it has"],
      });
    },
  );

  it("finds a piece that was moved to another server, and says where", async () => {
    const cluster = await withBackup();
    cluster.agents.push(cluster.newAgent("db4"));
    cluster.join("db4");
    const moved = cluster.agent("db3").committed.get(id);
    cluster.agent("db3").committed.clear();
    if (moved !== undefined) cluster.agent("db4").committed.set(id, moved);
    const { state, servers } = await onlyBackup(cluster);
    expect(state).toBe("BACKUP_STATE_COMPLETE");
    expect(servers.map(({ id, foundOn }) => [id, foundOn])).toEqual([
      ["db1", "db1"],
      ["db2", "db2"],
      ["db3", "db4"],
    ]);
  });
});

describe("the list", () => {
  it("has the newest first", async () => {
    const cluster = await withBackup();
    await cluster.clock.advance(1000);
    await cluster.backUp({ label: "later" });
    const { backups } = await list(cluster);
    expect(backups.map(({ label }) => label)).toEqual(["later", "nightly"]);
  });

  it("of one id asks the agents for that one only", async () => {
    const cluster = await withBackup();
    await cluster.clock.advance(1000);
    await cluster.backUp({ label: "later" });
    const { backups } = await list(cluster, id);
    expect(backups.map(({ label }) => label)).toEqual(["nightly"]);
    expect(cluster.callsOf("listPieces")).toMatchObject(Array(3).fill({ backupId: id }));
  });

  it("is empty where there is nothing", async () => {
    expect(await list(new FakeCluster())).toEqual({ backups: [], unreachable: [] });
  });

  it("never shows a backup as COMPLETE before every server has committed it", async () => {
    const cluster = new FakeCluster();
    const states: string[] = [];
    cluster.agent("db3").wire.faults.commit = async () => {
      const { backups } = await listBackups(cluster.ports, forever);
      states.push(...backups.map(({ state }) => state));
    };
    await cluster.backUp();
    expect(states).toEqual(["BACKUP_STATE_PARTIAL"]);
  });
});

describe("a backup that is asked for by its id", () => {
  const find = (cluster: FakeCluster, backupId: string) =>
    cluster.clock.run(findBackup(backupId, cluster.ports, forever));

  it("is found", async () => {
    expect(await find(await withBackup(), id)).toMatchObject({ id, state: "BACKUP_STATE_COMPLETE" });
  });

  it("is not-found when all agents say so", async () => {
    await expect(find(await withBackup(), "other")).rejects.toMatchObject({
      reason: "not-found",
      message: 'there is no backup "other"',
    });
  });

  it("is not said to be gone while an agent cannot be asked", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.listPieces = new StillpointError("unreachable", "connection refused");
    await expect(find(cluster, "other")).rejects.toMatchObject({
      reason: "unreachable",
      message: 'backup "other" was not found, but the agents of "db2" do not answer',
    });
  });

  it("is not mixed up with a piece that has no META at all", async () => {
    const cluster = new FakeCluster();
    const piece = pieceMessage({ backupId: id, problem: "META.json is missing" });
    cluster.agent("db1").committed.set(id, { piece, dump: Buffer.of() });
    expect(await find(cluster, id)).toMatchObject({
      state: "BACKUP_STATE_PARTIAL",
      servers: [{ id: "db1", problem: "META.json is missing" }],
    });
  });
});
