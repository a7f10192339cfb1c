// Backups of a cluster of real MariaDB servers, and a restore, with all that takes part: coordinator, agents, and servers that
// are stopped and started by a gate.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { hasReason } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { MariadbCluster, passwordless } from "../support/mariadb-cluster.ts";
import { installTemplate, type MariadbServer } from "../support/mariadb-server.ts";
import { bankDatabase, resolvePrepared, Transfers, wrongInBank } from "../support/xa-bank.ts";

let template: string;
let cluster: MariadbCluster;

class Bank extends MariadbCluster {
  protected override get template(): string {
    return template;
  }
}

beforeAll(async () => {
  template = installTemplate(`${bankDatabase} ${passwordless}`);
  cluster = await Bank.start(2, { hold: "10s", claimTtl: "5s" });
});
afterAll(async () => {
  await cluster.stop();
  rmSync(dirname(template), { recursive: true });
});
beforeEach(() => eventually(isReady, 20_000, "the servers are not healthy"));

async function isReady(): Promise<boolean> {
  const answers = await Promise.all(cluster.all.map((server) => server.ask("SELECT 1").catch(() => undefined)));
  return answers.every((answer) => answer !== undefined);
}

async function whatIsWrong(): Promise<string[]> {
  const connections = await Promise.all(cluster.all.map((server) => server.connect()));
  try {
    await resolvePrepared(connections);
    return await wrongInBank(connections);
  } finally {
    await Promise.all(connections.map((each) => each.end()));
  }
}

/** Of the first server. */
async function balances(): Promise<unknown> {
  return await cluster.all[0]?.ask("SELECT SUM(id * balance) sum FROM bank.account_r");
}

/** As soon as what a run left behind is settled. */
async function createWhenSettled() {
  const tries = () =>
    cluster.create().catch((error: unknown) => {
      if (!hasReason(error, "claim-taken")) throw error;
      return undefined;
    });
  return await eventually(tries, 60_000, "the last run is never settled");
}

async function restoreWhenSettled(id: string): Promise<void> {
  const tries = async () => {
    const error = await rejectionOf(cluster.restore({ id }));
    if (error === undefined) return true;
    if (!hasReason(error, "claim-taken")) throw error;
    return false;
  };
  await eventually(tries, 60_000, "the last run is never settled");
}

interface LockedTables {
  unlock(): Promise<void>;
  isKilled(): boolean;
}

/** Until it is unlocked, or the test is over. */
async function lockTables(server: MariadbServer): Promise<LockedTables> {
  const connection = await server.connect();
  connection.on("error", () => {}); // it may be killed
  onTestFinished(() => connection.destroy());
  await connection.query("LOCK TABLES bank.account_i WRITE");
  return { unlock: async () => void (await connection.query("UNLOCK TABLES")), isKilled: () => !connection.isValid() };
}

test("a backup under load is complete, is restored, and the servers go on from it", { timeout: 300_000 }, async () => {
  const load = new Transfers(cluster.all);
  await eventually(() => load.acknowledged > 20, 30_000, "there are no transfers");
  const before = load.acknowledged;
  const backup = await cluster.create({ label: "bank" });
  expect(backup).toMatchObject({ state: "BACKUP_STATE_COMPLETE", nrDbServers: 2 });
  await load.stop();
  expect(load.problems).toEqual([]);
  for (const server of cluster.all) await server.ask("UPDATE bank.account_i SET balance = 0");

  const result = await cluster.restore({ id: backup.id });
  expect(result.servers.map(({ id }) => id)).toEqual(["db1", "db2"]);
  expect(await whatIsWrong()).toEqual([]);
  const [row] = (await cluster.all[0]?.ask<{ count: number }[]>("SELECT COUNT(*) count FROM bank.journal_i")) ?? [];
  expect(row?.count).toBeGreaterThanOrEqual(before);
  expect(await cluster.isValid(backup.id)).toBe(true);
  const again = new Transfers(cluster.all);
  await eventually(() => again.acknowledged > 20, 30_000, "there are no transfers after the restore");
  await again.stop();
  expect(await whatIsWrong()).toEqual([]);
});

const quick = { timeoutMs: 1_500, firstWaitMs: 200, patience: 0 };
const theLock = { serverId: "db1", owner: "root@localhost", description: "LOCK TABLES bank.account_i WRITE" };

/** A backup that meets LOCK TABLES on the first server when all bases are made: that of the second waits so long. */
async function createAgainstLock(request: object) {
  const [first, second] = cluster.all as [MariadbServer, MariadbServer];
  const later = await lockTables(second);
  const creating = cluster.create({ ...quick, ...request }).catch((error: unknown) => error);
  await eventually(() => isCopied(first), 20_000, "no copy was made");
  const lock = await lockTables(first);
  await later.unlock();
  return { result: await creating, lock };
}

test("LOCK TABLES in the way of the lock is named, and blocks nobody else", { timeout: 120_000 }, async () => {
  const { result, lock } = await createAgainstLock({});
  expect(result).toMatchObject({ reason: "lock-busy", blockers: [theLock] });
  expect(lock.isKilled()).toBe(false);
  await lock.unlock();
});

test("LOCK TABLES in the way of the lock is killed with force, and only that", { timeout: 120_000 }, async () => {
  const idle = await (cluster.all[0] as MariadbServer).connect();
  onTestFinished(() => idle.end());
  await idle.query("BEGIN");
  await idle.query("UPDATE bank.account_r SET balance = balance WHERE id = 1");
  const { result, lock } = await createAgainstLock({ force: true, timeoutMs: 8_000 });
  expect(result).toMatchObject({ state: "BACKUP_STATE_COMPLETE" });
  await eventually(lock.isKilled, 5_000, "it was not killed");
  await idle.query("COMMIT");
});

test("LOCK TABLES in the way of mariadb-backup ends the run soon, and is named", { timeout: 120_000 }, async () => {
  const lock = await lockTables(cluster.all[0] as MariadbServer);
  expect(await rejectionOf(cluster.create(quick))).toMatchObject({
    reason: "lock-busy",
    blockers: [{ ...theLock, serverId: "" }],
  });
  await lock.unlock();
  expect((await cluster.create()).state).toBe("BACKUP_STATE_COMPLETE");
});

test("a server that is killed while its base is copied ends the run, and nothing is left", {
  timeout: 120_000,
}, async () => {
  const [first] = cluster.all as [MariadbServer];
  const creating = rejectionOf(cluster.create());
  await eventually(() => baseOf(first) !== undefined, 20_000, "no copy was begun");
  await first.kill();
  expect(await creating).toMatchObject({ reason: "unreachable" });
  await first.start();
  await eventually(async () => (await cluster.staged()).length === 0, 30_000, "the piece is left");
  expect((await createWhenSettled()).state).toBe("BACKUP_STATE_COMPLETE");
});

test("an agent that is killed while the base is copied takes mariadb-backup with it, and the next run works", {
  timeout: 120_000,
}, async () => {
  const [first] = cluster.all as [MariadbServer];
  const creating = rejectionOf(cluster.create());
  const base = await eventually(() => baseOf(first), 20_000, "no copy was begun");
  await cluster.kill("agent-db1");
  expect(await creating).toMatchObject({ reason: "unreachable" });
  const backups = async () =>
    (await first.ask("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'agent'")).length;
  await eventually(async () => (await backups()) === 0, 10_000, "mariadb-backup still works");
  await cluster.startAgent(cluster.servers[0] as (typeof cluster.servers)[number]);
  expect(existsSync(base)).toBe(false);
  expect((await createWhenSettled()).state).toBe("BACKUP_STATE_COMPLETE");
});

test("an agent that is killed while a restore is staged takes its private server with it; the servers keep what they have", {
  timeout: 180_000,
}, async () => {
  const { id } = await createWhenSettled();
  const [first] = cluster.all as [MariadbServer];
  const before = await balances();
  const restoring = rejectionOf(cluster.restore({ id }));
  const socket = await eventually(privateSocket, 60_000, "no private server was started");
  await cluster.kill("agent-db1");
  expect(await restoring).toMatchObject({ reason: "unreachable" });
  await cluster.startAgent(cluster.servers[0] as (typeof cluster.servers)[number]);
  expect(existsSync(join(first.dataDir, "backups", ".restoring"))).toBe(false);
  expect(processesWith(socket)).toEqual([]);
  rmSync(dirname(socket), { recursive: true, force: true }); // what a killed agent leaves in the temporary directory
  expect(await balances()).toEqual(before);
  await restoreWhenSettled(id);
  expect(await balances()).toEqual(before);
});

/** mariadb-backup has written the last file. */
function isCopied(server: MariadbServer): boolean {
  return existsSync(join(String(baseOf(server)), "xtrabackup_info"));
}

/** The copy that is being made. */
function baseOf({ dataDir }: MariadbServer): string | undefined {
  const staging = join(dataDir, "backups", ".staging");
  const [id] = existsSync(staging) ? readdirSync(staging) : [];
  const base = join(staging, String(id), "data", "base");
  return existsSync(join(base, "ibdata1")) ? base : undefined;
}

/** Of a server that replays for the first server's restore. */
function privateSocket(): string | undefined {
  const [command] = processesWith(join(String(cluster.all[0]?.dataDir), "backups", ".restoring"));
  return /--socket=(\S+)/.exec(command ?? "")?.[1];
}

/** Command lines that have a text in them. */
function processesWith(text: string): string[] {
  const lines = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(commandLine);
  return lines.filter((line) => line.includes("mariadbd") && line.includes(text));
}

function commandLine(pid: string): string[] {
  try {
    return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")];
  } catch {
    return []; // it has ended
  }
}
