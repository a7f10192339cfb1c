// The removal of a backup: from all servers or from none.
import { describe, expect, it } from "vitest";
import { type Deleted, deleteBackup } from "../../coordinator/delete-backup.ts";
import { StillpointError } from "../../proto/errors.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";

async function withBackup(): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  await cluster.backUp();
  return cluster;
}

function remove(cluster: FakeCluster, backupId = id): Promise<Deleted> {
  return cluster.clock.run(deleteBackup(backupId, cluster.ports, forever));
}

function pieces(cluster: FakeCluster): string[] {
  return cluster.agents.filter(({ committed }) => committed.has(id)).map(({ serverId }) => serverId);
}

describe("a deletion", () => {
  it("removes every piece and the record, under a claim of its own", async () => {
    const cluster = await withBackup();
    expect(await remove(cluster)).toEqual({ serverIds: ["db1", "db2", "db3"], bytes: 3000 });
    expect(pieces(cluster)).toEqual([]);
    expect(cluster.agency.records.size).toBe(0);
    expect(cluster.callsOf("claim").at(-1)).toMatchObject({ purpose: "delete", backupId: id, holder: "coordinator-a" });
    const [claimed] = cluster.callsOf("deletePiece");
    expect(claimed).toMatchObject({ backupId: id, token: 106 });
    expect(cluster.agency.holder).toBeUndefined();
  });

  it("removes what is left of a backup that is PARTIAL", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").committed.clear();
    expect(await remove(cluster)).toEqual({ serverIds: ["db1", "db3"], bytes: 2000 });
    expect(cluster.agency.records.size).toBe(0);
  });

  it("is refused while another run has the claim", async () => {
    const cluster = await withBackup();
    await cluster.agency.claim({ holder: "coordinator-b", backupId: "theirs", purpose: "create" }, forever);
    await expect(remove(cluster)).rejects.toMatchObject({ reason: "claim-taken" });
    expect(pieces(cluster)).toEqual(["db1", "db2", "db3"]);
  });

  it("of what is not there needs no claim to say so", async () => {
    const cluster = await withBackup();
    await expect(remove(cluster, "other")).rejects.toMatchObject({ reason: "not-found" });
    expect(cluster.callsOf("claim")).toHaveLength(1);
  });

  it("removes nothing while an agent cannot be reached", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.describe = new StillpointError("unreachable", "connection refused");
    await expect(remove(cluster)).rejects.toMatchObject({
      reason: "unreachable",
      message: expect.stringContaining("db2"),
    });
    expect(pieces(cluster)).toEqual(["db1", "db2", "db3"]);
    expect(cluster.agency.records.size).toBe(1);
    expect(cluster.agency.holder).toBeUndefined();
  });

  it("that one agent fails says that the backup is PARTIAL now, keeps its record, and goes on with the next run", async () => {
    const cluster = await withBackup();
    const { wire } = cluster.agent("db2");
    wire.faults.deletePiece = new StillpointError("unreachable", "gone");
    await expect(remove(cluster)).rejects.toMatchObject({
      reason: "unreachable",
      message: 'server "db2": gone',
      hint: "some pieces are gone: the backup is PARTIAL now; the rest is removed when the server answers",
    });
    expect(pieces(cluster)).toEqual(["db2"]);
    expect(cluster.agency.records.size).toBe(1);
    delete wire.faults.deletePiece;
    await cluster.backUp({ label: "next" });
    expect(pieces(cluster)).toEqual([]);
    expect([...cluster.agency.records.keys()]).toEqual([expect.stringContaining("_next")]);
    expect(cluster.agency.jobs.size).toBe(0);
  });

  it("whose caller goes away before the first piece is removed removes nothing", async () => {
    const cluster = await withBackup();
    const gone = new AbortController();
    cluster.agent("db2").wire.faults.describe = () => gone.abort(new StillpointError("cancelled", "went away"));
    const deleting = cluster.clock.run(deleteBackup(id, cluster.ports, gone.signal));
    await expect(deleting).rejects.toMatchObject({ reason: "cancelled" });
    expect(pieces(cluster)).toEqual(["db1", "db2", "db3"]);
    expect(cluster.agency.jobs.size).toBe(0);
  });

  it("whose caller goes away when it is decided is finished, and says so", async () => {
    const cluster = await withBackup();
    const gone = new AbortController();
    cluster.agent("db2").wire.faults.deletePiece = () => gone.abort(new StillpointError("cancelled", "went away"));
    const deleting = cluster.clock.run(deleteBackup(id, cluster.ports, gone.signal));
    await expect(deleting).resolves.toMatchObject({ serverIds: ["db1", "db2", "db3"] });
    expect(pieces(cluster)).toEqual([]);
    expect([cluster.agency.records.size, cluster.agency.jobs.size]).toEqual([0, 0]);
  });

  it("that loses its claim forgets no record", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.deletePiece = () => cluster.agency.loseClaim();
    await expect(remove(cluster)).rejects.toMatchObject({ reason: "claim-lost" });
    expect(cluster.agency.records.size).toBe(1);
  });

  it("is done when all is removed, also if the claim cannot be given back", async () => {
    const cluster = await withBackup();
    cluster.agency.wire.faults.release = new StillpointError("unreachable", "etcd is gone");
    await expect(remove(cluster)).resolves.toMatchObject({ bytes: 3000 });
  });
});
