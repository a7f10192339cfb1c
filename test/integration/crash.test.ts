// A coordinator or an agent is killed at every step of a backup, under load. Whatever the step: writes go on within the
// hold, nothing half-made is listed as complete, what is left is finished or removed, and the next backup succeeds.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkLedger } from "../../examples/ledger/check.ts";
import type { Load } from "../../examples/ledger/load.ts";
import { StillpointError } from "../../proto/errors.ts";
import { Cluster, claimTtlMs, holdMs, type TestServer } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";

let cluster: Cluster;
let load: Load;
/** Backups that were looked at already. */
const seen = new Set<string>();

beforeAll(async () => {
  cluster = await Cluster.start(3);
  load = await cluster.load();
});

afterAll(async () => {
  const report = await load.stop();
  const { consistent } = await checkLedger(cluster.servers);
  await cluster.stop();
  expect(consistent).toBe(true);
  expect(report.failed).toBe(0);
});

/** A hold ends by itself `holdMs` after the lock; the rest is what slow machines and the load client's own pauses take. */
async function expectWritesToGoOn(): Promise<void> {
  const before = load.report().transfers;
  await eventually(() => load.report().transfers > before + 10, holdMs + 2000, "writes did not go on within the hold");
}

/** The claim of a dead coordinator ends with its lease. */
async function createNext(): Promise<string> {
  const { id, state } = await eventually(
    () => cluster.create().catch((error: unknown) => claimTaken(error)),
    claimTtlMs + 5000,
    "the claim of the killed coordinator never ended",
  );
  expect(state).toBe("BACKUP_STATE_COMPLETE");
  return id;
}

function claimTaken(error: unknown): undefined {
  if (error instanceof StillpointError && error.reason === "claim-taken") return undefined;
  throw error;
}

async function expectNothingHalfMade(after: string): Promise<void> {
  expect(await cluster.staged()).toEqual([]);
  const backups = await cluster.list();
  expect(backups.map(({ id }) => id)).toContain(after);
  for (const { id, state } of backups.filter((backup) => !seen.has(backup.id))) {
    expect(state, id).toBe("BACKUP_STATE_COMPLETE");
    expect(await cluster.isValid(id), id).toBe(true);
    seen.add(id);
  }
}

const beforeCommit = [
  ...["claimed", "plan-read", "inspected", "prepared", "round-started", "server-locked", "locked", "snapshot"],
  ...["released", "round-ended", "dump-stored", "sealing", "sealed"],
];

describe("a coordinator that is killed", () => {
  test.for([...beforeCommit, "committed", "recorded"])("at step %s", async (step) => {
    const known = await cluster.list();
    await cluster.startCoordinator(step);
    await expect(cluster.create()).rejects.toMatchObject({ reason: "unreachable" });
    await cluster.ended("coordinator");
    await expectWritesToGoOn();
    await cluster.startCoordinator();
    await expectNothingHalfMade(await createNext());
    const finished = beforeCommit.includes(step) ? 0 : 1;
    expect(await cluster.list()).toHaveLength(known.length + finished + 1);
  });
});

describe("an agent that is killed", () => {
  const steps = ["prepared", "locking", "held", "cut", "let-go", "dump-stored", "sealed", "committed"];

  test.for(steps)("at step %s", async (step) => {
    const [server] = cluster.servers as [TestServer];
    await cluster.startAgent(server, step);
    await expect(cluster.create()).rejects.toMatchObject({ reason: "unreachable", message: /server "db1"/ });
    await cluster.ended("agent-db1");
    await expectWritesToGoOn();
    await cluster.startAgent(server);
    await expectNothingHalfMade(await createNext());
  });
});

describe("an agent that hangs with the lock in its hands", () => {
  test("does not keep writes stopped: the database server lets them go", { timeout: 90_000 }, async () => {
    const [server] = cluster.servers as [TestServer];
    await cluster.startAgent(server, "held", "SIGSTOP");
    const locking = Promise.withResolvers<void>();
    const onStep = (step: string) => (step === "round-started" ? locking.resolve() : undefined);
    const failed = cluster.create({}, onStep).catch((error: unknown) => error);
    await locking.promise;
    await expectWritesToGoOn();
    expect(await failed).toMatchObject({ reason: "unreachable", message: expect.stringContaining('"db1"') });
    await expectWritesToGoOn();
    await cluster.startAgent(server);
    await expectNothingHalfMade(await createNext());
  });
});
