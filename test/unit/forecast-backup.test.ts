// What create --dry-run tells, and that it touches nothing.
import { describe, expect, it } from "vitest";
import type { BackupRequest } from "../../coordinator/create-backup.ts";
import { type Forecast, forecastBackup } from "../../coordinator/forecast-backup.ts";
import { backupRequest, FakeCluster, forever } from "../support/fake-cluster.ts";

function forecast(cluster: FakeCluster, request: Partial<BackupRequest> = {}): Promise<Forecast> {
  return cluster.clock.run(forecastBackup({ ...backupRequest, ...request }, cluster.ports, forever));
}

async function clusterWithLongWritesOn(...serverIds: string[]): Promise<FakeCluster> {
  const cluster = new FakeCluster(Array.from({ length: 16 }, (_, index) => `db${index + 1}`));
  for (const serverId of serverIds) void cluster.agent(serverId).transaction({ ms: 100_000 });
  await cluster.clock.advance(5000);
  return cluster;
}

describe("a forecast", () => {
  it("of a calm cluster is that all are locked at once", async () => {
    const { text, ...rest } = await forecast(new FakeCluster());
    const nothing = { firstServerIds: [], blockers: [], silentServerIds: [], claim: undefined };
    expect(rest).toEqual({ occasion: "calm", waitMs: 250, patienceMs: 60_000, ...nothing });
    expect(text).toContain("all servers would be locked at once");
  });

  it("says which server would be locked first and why, and what is open there since when", async () => {
    const cluster = await clusterWithLongWritesOn("db2");
    const found = await forecast(cluster);
    expect(found).toMatchObject({ occasion: "cheap", firstServerIds: ["db2"], waitMs: 6000 });
    expect(found.text).toMatch(/^hardly a server is busy: db2 would be locked first, for at most 6.0 s/);
    expect(found.blockers).toEqual([
      { serverId: "db2", id: "t1", ageMs: 5000, owner: "a client", description: "a long report" },
    ]);
  });

  it("says that nobody would be blocked yet when many are busy", async () => {
    const cluster = await clusterWithLongWritesOn("db1", "db2");
    const found = await forecast(cluster);
    expect(found).toMatchObject({ occasion: "wait", firstServerIds: [], waitMs: 0, patienceMs: 60_000 });
    expect(found.blockers).toHaveLength(2);
  });

  it("says what happens without patience", async () => {
    const cluster = await clusterWithLongWritesOn("db1", "db2");
    expect(await forecast(cluster, { patience: 0 })).toMatchObject({ occasion: "now", waitMs: 250, patienceMs: 0 });
  });

  it("promises no longer stall than is allowed", async () => {
    expect(await forecast(new FakeCluster(), { maxStallMs: 200 })).toMatchObject({ waitMs: 75 });
  });

  it("names the servers whose engine cannot tell, and who has the cluster", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db3").description.knowsOpenWrites = false;
    const purpose = { holder: "another", backupId: "2026_x", purpose: "restore" } as const;
    await using claim = await cluster.agency.claim(purpose, forever);
    const found = await forecast(cluster);
    expect(found).toMatchObject({ silentServerIds: ["db3"], claim: { ...purpose, token: claim.token } });
  });

  it("is what the backup then does", async () => {
    const cluster = await clusterWithLongWritesOn("db2");
    const { firstServerIds, waitMs } = await forecast(cluster);
    await cluster.backUp();
    expect(cluster.eventsOf("round-started")[0]).toMatchObject({ firstServerIds, waitMs });
  });

  it("is refused with what a backup would be refused with", async () => {
    const cluster = new FakeCluster();
    cluster.agent("db1").description.freeBytes = 0;
    await expect(forecast(cluster)).rejects.toMatchObject({ reason: "no-space" });
  });

  it("makes and blocks nothing", async () => {
    const cluster = await clusterWithLongWritesOn("db2");
    await forecast(cluster);
    expect(new Set(cluster.calls.map(({ method }) => method))).toEqual(
      new Set(["currentClaim", "readPlan", "describe"]),
    );
  });
});
