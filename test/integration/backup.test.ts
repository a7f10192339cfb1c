// Backups of a real cluster in the situations that people on call meet: two at once, a server that stays busy, a cluster
// that changes, no space, and a restore to the day before.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkLedger } from "../../examples/ledger/check.ts";
import { holdTransaction, type Load } from "../../examples/ledger/load.ts";
import { callUnary } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import type { StillpointError } from "../../proto/errors.ts";
import { Cluster, type TestServer } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";

let cluster: Cluster;
let load: Load;
let slow: TestServer;

beforeAll(async () => {
  cluster = await Cluster.start(3);
  load = await cluster.load();
  [, slow] = cluster.servers as [TestServer, TestServer];
});

afterAll(async () => {
  await load.stop();
  await cluster.stop();
});

const limits = { timeoutMs: 20_000, peer: "coordinator" };

/** Keeps a write transaction open on the second server while `work` runs. */
async function whileBusy<Result>(work: () => Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const held = Promise.allSettled([holdTransaction(slow, 30_000, over.signal)]);
  try {
    await eventually(isOpen, 5000, "the long transaction never began");
    return await work();
  } finally {
    over.abort();
    await held;
  }
}

async function isOpen(): Promise<boolean> {
  const { servers } = await callUnary(cluster.client, Coordinator.service.GetStatus, {}, limits);
  return servers.some(({ id, state }) => id === slow.id && state?.openWrites.some(({ ageMs }) => ageMs > 300));
}

/** Gives up soon, and waits for nobody softly. */
const quick = { timeoutMs: 1500, firstWaitMs: 100, patience: 0 };

describe("a backup under load", () => {
  test("is complete, valid, and holds every transfer on both its servers or on neither", async () => {
    const backup = await cluster.create({ label: "under-load" });
    expect(backup).toMatchObject({ state: "BACKUP_STATE_COMPLETE", label: "under-load", nrDbServers: 3 });
    expect(backup.servers.map(({ id }) => id)).toEqual(["db1", "db2", "db3"]);
    expect(await cluster.isValid(backup.id)).toBe(true);
    const pieces = cluster.servers.map(({ dataDir }) => ({ dataDir: join(dataDir, "backups", backup.id, "data") }));
    const check = await checkLedger(pieces);
    expect(check).toMatchObject({ consistent: true, onOneSideOnly: [] });
    expect(check.transfers).toBeGreaterThan(0);
  });

  test("can be checked by sha256sum, and shows nobody but its owner what is in it", async () => {
    const { id } = await cluster.create();
    for (const { dataDir } of cluster.servers) {
      const piece = join(dataDir, "backups", id);
      expect(execFileSync("sha256sum", ["-c", "--quiet", "SHA256SUMS"], { cwd: piece }).toString()).toBe("");
      expect((await stat(piece)).mode & 0o777).toBe(0o700);
      expect(JSON.parse(await readFile(join(piece, "META.json"), "utf8"))).toMatchObject({ id, engine: "grpc" });
    }
  });

  test("keeps a second coordinator out, which is told who holds the claim and for what", async () => {
    const second = await cluster.startSecondCoordinator();
    let refusal: unknown;
    const { id } = await cluster.create({}, async (step) => {
      if (step !== "plan-read") return;
      refusal = await cluster.create({}, undefined, second).catch((error: unknown) => error);
    });
    expect(refusal).toMatchObject({ reason: "claim-taken", message: expect.stringContaining(id) });
    expect((refusal as StillpointError).message).toContain(`"coordinator at ${cluster.coordinator}"`);
    expect((await cluster.create({}, undefined, second)).state).toBe("BACKUP_STATE_COMPLETE");
    second.close();
    await cluster.kill("second-coordinator");
  });

  test("is taken again when the Plan changes meanwhile, and then has the new Plan", async () => {
    const steps: string[] = [];
    const over = new AbortController();
    const held = Promise.allSettled([holdTransaction(slow, 30_000, over.signal)]);
    await eventually(isOpen, 5000, "the long transaction never began");
    const backup = await cluster.create({ firstWaitMs: 100 }, async (step) => {
      if (step === "soft-wait" && !over.signal.aborted) {
        const entries = [{ key: "Databases/bank", value: Buffer.from('{"shards":3}') }];
        await callUnary(cluster.client, Coordinator.service.ApplyPlan, { entries }, limits);
        over.abort();
      }
      steps.push(step);
    });
    await held;
    expect(steps.filter((step) => step === "plan-read" || step === "taking-again")).toEqual([
      "plan-read",
      "taking-again",
      "plan-read",
    ]);
    const [{ dataDir }] = cluster.servers as [TestServer];
    const dump = JSON.parse(await readFile(join(dataDir, "backups", backup.id, "plan.json"), "utf8"));
    expect(dump.planRevision).toBe(backup.planRevision);
    expect(dump.entries.map(({ key }: { key: string }) => key)).toContain("Databases/bank");
  });
});

describe("a server that stays busy", () => {
  test("ends the backup with the names of those in the way, and writes go on", async () => {
    const error = await whileBusy(() => cluster.create(quick).catch((each: unknown) => each));
    expect(error).toMatchObject({ reason: "lock-busy", message: expect.stringContaining('"db2"') });
    const { blockers } = error as StillpointError;
    expect(blockers[0]).toMatchObject({ serverId: "db2", owner: expect.stringContaining("load client") });
    const before = load.report().transfers;
    await eventually(() => load.report().transfers > before, 2000, "writes did not go on");
  });

  test("is locked by force: the transaction in the way is aborted", async () => {
    // A quarter of the time is for the round that aborts: also a slow machine must come through with it.
    const { state, rounds } = await whileBusy(() => cluster.create({ ...quick, timeoutMs: 8_000, force: true }));
    expect(state).toBe("BACKUP_STATE_COMPLETE");
    expect(rounds.map(({ outcome }) => outcome)).toEqual([...rounds.slice(1).map(() => "busy"), "held"]);
  });

  test("is backed up without a lock if that is allowed, and the backup is INCONSISTENT wherever it is shown", async () => {
    const { id, state } = await whileBusy(() => cluster.create({ ...quick, allowInconsistent: true }));
    expect(state).toBe("BACKUP_STATE_INCONSISTENT");
    const listed = (await cluster.list()).find((each) => each.id === id);
    expect(listed).toMatchObject({ state: "BACKUP_STATE_INCONSISTENT", potentiallyInconsistent: true });
    expect(await cluster.isValid(id)).toBe(false);
    await expect(cluster.restore({ id })).rejects.toMatchObject({ reason: "topology" });
  });
});

describe("restore", () => {
  test("puts all servers and the Plan back to the backup, and can do so again", async () => {
    const { id } = await cluster.create();
    const entries = [{ key: "Databases/other", value: Buffer.from("1") }];
    await callUnary(cluster.client, Coordinator.service.ApplyPlan, { entries }, limits);
    await load.stop();
    const pieces = cluster.servers.map(({ dataDir }) => ({ dataDir: join(dataDir, "backups", id, "data") }));
    const { transfers } = await checkLedger(pieces);
    for (const dryRun of [true, false, false]) {
      const result = await cluster.restore({ id, dryRun });
      expect(result.servers.map((server) => server.id)).toEqual(["db1", "db2", "db3"]);
      const now = await checkLedger(cluster.servers);
      expect(now.consistent).toBe(true);
      if (!dryRun) expect(now.transfers).toBe(transfers);
    }
    const plan = await callUnary(cluster.client, Coordinator.service.GetPlan, {}, limits);
    expect(plan.entries.map(({ key }) => key)).not.toContain("Databases/other");
    expect(await cluster.isValid(id)).toBe(true);
  });

  test("refuses a piece that is damaged, and leaves every server as it is", async () => {
    const { id } = await cluster.create();
    const before = await checkLedger(cluster.servers);
    const piece = join(cluster.servers[2]?.dataDir ?? "", "backups", id);
    execFileSync("sh", ["-c", 'printf x >> "$(find data -name "*.log" | head -n 1)"'], { cwd: piece });
    expect(await cluster.isValid(id)).toBe(false);
    await expect(cluster.restore({ id })).rejects.toMatchObject({
      reason: "corrupt",
      message: expect.stringContaining('"db3"'),
    });
    expect(await checkLedger(cluster.servers)).toEqual(before);
  });

  test("needs every piece: a backup that lacks one is PARTIAL, with which one", async () => {
    const { id } = await cluster.create();
    execFileSync("rm", ["-r", join(cluster.servers[0]?.dataDir ?? "", "backups", id)]);
    const backup = (await cluster.list()).find((each) => each.id === id);
    expect(backup?.state).toBe("BACKUP_STATE_PARTIAL");
    expect(backup?.problems).toEqual(['server "db1": its piece is missing']);
    await expect(cluster.restore({ id })).rejects.toMatchObject({ reason: "topology" });
    await callUnary(cluster.client, Coordinator.service.DeleteBackup, { id }, limits);
    expect((await cluster.list()).map((each) => each.id)).not.toContain(id);
  });
});

describe.runIf(process.getuid?.() === 0)("a server whose files cannot be backed up", () => {
  const agent = "agent-db1";

  /** The first server with a small file system of its own at a place in its data directory. */
  async function expectRefusal(place: string, reason: string): Promise<void> {
    const [server] = cluster.servers as [TestServer];
    const mountPoint = join(server.dataDir, place);
    for (const name of [agent, "server-db1"]) await cluster.kill(name);
    await mkdir(mountPoint, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", mountPoint]);
    try {
      await cluster.startServer(server);
      await cluster.startAgent(server);
      const steps: string[] = [];
      const failed = cluster.create({}, (step) => void steps.push(step));
      await expect(failed).rejects.toMatchObject({ reason, message: expect.stringContaining('"db1"') });
      expect(steps).toEqual(["claimed", "plan-read"]);
    } finally {
      for (const name of [agent, "server-db1"]) await cluster.kill(name);
      execFileSync("umount", [mountPoint]);
      await cluster.startServer(server);
      await cluster.startAgent(server);
    }
    expect((await cluster.create()).state).toBe("BACKUP_STATE_COMPLETE");
  }

  test("for want of space is refused before any server is locked", () => expectRefusal(".", "no-space"));

  test("because backups/ is on another device is refused before any server is locked", () =>
    expectRefusal("backups", "cross-device"));
});
