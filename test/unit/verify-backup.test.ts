// The verdict on a backup: every file, the cut, and the dump.
import { describe, expect, it } from "vitest";
import { type Verdict, verifyBackup } from "../../coordinator/verify-backup.ts";
import { StillpointError } from "../../proto/errors.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

const id = "2026-11-22T15.04.05.123Z_nightly";

async function withBackup(): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  await cluster.backUp();
  return cluster;
}

function verify(cluster: FakeCluster, stop = forever): Promise<Verdict> {
  return cluster.clock.run(verifyBackup(id, cluster.ports, stop));
}

/** Writes another dump into the piece of one server. */
function changeDump(cluster: FakeCluster, serverId: string, change: (dump: Record<string, unknown>) => unknown): void {
  const committed = cluster.agent(serverId).committed.get(id);
  if (committed !== undefined) committed.dump = Buffer.from(JSON.stringify(change(JSON.parse(String(committed.dump)))));
}

function changeAllDumps(cluster: FakeCluster, change: (dump: Record<string, unknown>) => unknown): void {
  for (const { serverId } of cluster.agents) changeDump(cluster, serverId, change);
}

describe("a verdict", () => {
  it("is good if every file, the cut and the dump are", async () => {
    const cluster = await withBackup();
    expect(await verify(cluster)).toEqual({ id, valid: true, problems: [], files: 27, bytes: 3000 });
    expect(cluster.eventsOf("checking").map(({ serverId }) => serverId)).toEqual(["db1", "db2", "db3"]);
  });

  it("has a sentence for each thing that is wrong with a piece, on each server", async () => {
    const cluster = await withBackup();
    cluster.agent("db1").problems = ["data/1.sst has another checksum", "data/2.sst is missing"];
    cluster.agent("db3").problems = ["data/3.sst is not in SHA256SUMS"];
    expect(await verify(cluster)).toMatchObject({
      valid: false,
      problems: [
        'server "db1": data/1.sst has another checksum',
        'server "db1": data/2.sst is missing',
        'server "db3": data/3.sst is not in SHA256SUMS',
      ],
    });
  });

  it("is bad if a piece is missing, and the others are checked all the same", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").committed.clear();
    expect(await verify(cluster)).toEqual({
      id,
      valid: false,
      problems: ['server "db2": its piece is missing'],
      files: 18,
      bytes: 2000,
    });
    expect(cluster.callsOf("verifyPiece").map(({ to }) => to)).toEqual(["db1", "db3"]);
  });

  it("is bad if the pieces do not show one cut", async () => {
    const cluster = await withBackup();
    Object.assign(cluster.agent("db2").committed.get(id)?.piece.hold ?? {}, { unbroken: false });
    expect(await verify(cluster)).toMatchObject({ valid: false, problems: ['server "db2": its hold was broken'] });
  });

  it("is bad if the pieces were taken without a lock", async () => {
    const cluster = new FakeCluster();
    void cluster.agent("db2").transaction({ ms: 1_000_000 });
    await cluster.backUp({ allowInconsistent: true, timeoutMs: 100 });
    expect(await verify(cluster)).toMatchObject({
      valid: false,
      problems: ["its pieces were taken without a lock: they show no common cut"],
    });
  });

  it("is bad if an agent fails while it checks", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.verifyPiece = new StillpointError("internal", "the disk is gone");
    expect(await verify(cluster)).toMatchObject({ valid: false, problems: ['server "db2": the disk is gone'] });
  });
});

describe("the dump", () => {
  it("is the same in all pieces, or the verdict says where it is not", async () => {
    const cluster = await withBackup();
    changeDump(cluster, "db3", ({ entries, ...rest }) => ({ ...rest, entries: (entries as unknown[]).toReversed() }));
    expect(await verify(cluster)).toMatchObject({
      valid: false,
      problems: ['server "db3": its dump is not that of "db1"'],
    });
  });

  it("that one server cannot read makes the verdict bad", async () => {
    const cluster = await withBackup();
    cluster.agent("db2").wire.faults.readDump = new StillpointError("unreachable", "gone");
    expect(await verify(cluster)).toMatchObject({ valid: false, problems: ['server "db2": its dump: gone'] });
  });

  it("that no server can read makes the verdict bad", async () => {
    const cluster = await withBackup();
    for (const { wire } of cluster.agents) wire.faults.readDump = new StillpointError("corrupt", "damaged");
    const { valid, problems } = await verify(cluster);
    expect(valid).toBe(false);
    expect(problems).toHaveLength(3);
  });

  it("must be of the revision that the pieces say", async () => {
    const cluster = await withBackup();
    changeAllDumps(cluster, (dump) => ({ ...dump, planRevision: 99 }));
    expect(await verify(cluster)).toMatchObject({ problems: ["the dump is of revision 99, the pieces say 105"] });
  });

  it("must name the servers of the backup", async () => {
    const cluster = await withBackup();
    const server = { key: "DBServers/db4", value: '{"agent":"db4.example:7421"}' };
    changeAllDumps(cluster, ({ entries, ...rest }) => ({ ...rest, entries: [...(entries as unknown[]), server] }));
    expect(await verify(cluster)).toMatchObject({
      problems: ["the dump names the servers db1, db2, db3, db4, the backup has db1, db2, db3"],
    });
  });

  it("must be one", async () => {
    const cluster = await withBackup();
    changeAllDumps(cluster, () => ({}));
    const { problems } = await verify(cluster);
    expect(problems).toEqual([expect.stringMatching(/^the dump cannot be used: the Plan's dump is damaged/)]);
  });
});

it.each(["verifyPiece", "readDump"] as const)(
  "a check that is cancelled during %s gives no verdict",
  async (method) => {
    const cluster = await withBackup();
    const cancel = new AbortController();
    const reason = new StillpointError("cancelled", "enough");
    cluster.agent("db2").wire.faults[method] = () => cancel.abort(reason);
    await expect(verify(cluster, cancel.signal)).rejects.toBe(reason);
  },
);
