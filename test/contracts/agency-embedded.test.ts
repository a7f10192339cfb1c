// The agency in one local file passes the contract, and what is particular to a file.
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EmbeddedStore } from "../../coordinator/agency/embedded-store.ts";
import { agencyKeys } from "../../coordinator/agency/keys.ts";
import { type AgencyConfig, type EmbeddedConfig, openAgency } from "../../coordinator/agency/open-agency.ts";
import type { Guard, Transaction } from "../../coordinator/agency/store.ts";
import { StoreAgency } from "../../coordinator/agency/store-agency.ts";
import { systemClock } from "../../runtime/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { type AgencyWorld, agencyContract } from "./agency.ts";

const forever = new AbortController().signal;
const request = { holder: "a", backupId: "b", purpose: "create" } as const;

agencyContract("embedded", async (): Promise<AgencyWorld> => {
  const directory = await newDirectory();
  let count = 0;
  return {
    newAgency: async () => ({ kind: "embedded", file: join(directory, `agency-${count++}.db`) }),
    removeKey: async (config, key) => inDatabase(config, (database) => removeRow(database, key)),
    close: () => rm(directory, { recursive: true }),
  };
});

it("what was written for a job's earlier phase, and comes late, changes nothing of a later phase", async () => {
  const store = await EmbeddedStore.open(join(await temporaryDirectory(), "agency.db"));
  const transact = vi.spyOn(store, "transact");
  const agency = new StoreAgency(store, { keys: agencyKeys("/stillpoint"), claimTtlMs: 10_000, clock: systemClock });
  const claim = await agency.claim(request, forever);
  await claim.journal("b", "starting");
  const [early] = transact.mock.lastCall ?? [];
  await claim.journal("b", "finishing");
  expect(await store.transact(early as Transaction)).toBeUndefined();
  expect((await agency.listJobs(forever)).get("b")).toBe("finishing");
  await claim.settle("b");
  const [removal] = transact.mock.lastCall ?? [];
  await claim.journal("b", "another try's");
  expect(await store.transact(removal as Transaction)).toBeUndefined();
  expect((await agency.listJobs(forever)).get("b")).toBe("another try's");
  await agency.close();
});

describe("the embedded agency's file", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await newDirectory();
  });
  afterAll(() => rm(directory, { recursive: true }));

  it("can be read by its owner only, and so can the files beside it", async () => {
    const file = join(directory, "private.db");
    const agency = await openAgency({ kind: "embedded", file });
    await agency.readPlan(forever);
    for (const suffix of ["", "-wal", "-shm"]) expect((await stat(file + suffix)).mode & 0o777).toBe(0o600);
    await agency.close();
  });

  it("keeps what it holds when it is closed and opened again", async () => {
    const file = join(directory, "kept.db");
    const agency = await openAgency({ kind: "embedded", file });
    const plan = await agency.readPlan(forever);
    await agency.changePlan(plan, { put: [{ key: "a", value: Buffer.from("1") }], remove: [] }, forever);
    await agency.close();
    const again = await openAgency({ kind: "embedded", file });
    expect((await again.readPlan(forever)).entries).toMatchObject([{ key: "a" }]);
    await again.close();
  });

  it.each([
    ["in a directory that does not exist", () => "missing/agency.db", { reason: "invalid" }],
    ["that is a directory", () => ".", { reason: "invalid" }],
    ["that is no database", () => garbage(directory), { reason: "corrupt" }],
    ["that is a database of something else", () => foreignDatabase(directory), { reason: "invalid" }],
    ["of a newer version", () => newerFile(directory), { reason: "version" }],
  ])("%s is refused, by name", async (_, make, expected) => {
    const file = join(directory, await make());
    const opening = openAgency({ kind: "embedded", file });
    await expect(opening).rejects.toMatchObject({ ...expected, message: expect.stringContaining(`"${file}"`) });
  });

  it("is unreachable while another process keeps it locked, and is told so in time", async () => {
    const file = join(directory, "locked.db");
    const config = { kind: "embedded", file } as const;
    const agency = await openAgency(config);
    const blocker = new DatabaseSync(file);
    blocker.exec("BEGIN IMMEDIATE");
    const before = performance.now();
    const expected = { reason: "unreachable", message: expect.stringContaining(`"${file}"`) };
    await expect(agency.claim(request, forever)).rejects.toMatchObject(expected);
    expect(performance.now() - before).toBeLessThan(3000);
    blocker.exec("ROLLBACK");
    blocker.close();
    await (await agency.claim(request, forever)).release();
    await agency.close();
  });

  it("lets a waiting call give up when it is cancelled", async () => {
    const file = join(directory, "cancelled.db");
    const agency = await openAgency({ kind: "embedded", file });
    const blocker = new DatabaseSync(file);
    blocker.exec("BEGIN IMMEDIATE");
    await expect(agency.claim(request, AbortSignal.timeout(100))).rejects.toMatchObject({ reason: "cancelled" });
    blocker.close();
    await agency.close();
  });

  it("is written only if every guard of a transaction holds", async () => {
    const store = await EmbeddedStore.open(join(directory, "guarded.db"));
    const write = (...guards: Guard[]) =>
      store.transact({ guards, put: [{ key: "x/b", value: Buffer.from("1") }], remove: [] });
    const put = [{ key: "x/a", value: Buffer.from("1") }];
    const first = (await store.transact({ guards: [], put, remove: [] })) ?? 0;
    const second = (await store.transact({ guards: [], put, remove: [] })) ?? 0;
    const created = { kind: "created", key: "x/a", revision: first } as const;
    const modified = { kind: "modified", key: "x/a", revision: second } as const;
    const absent = { kind: "modified", key: "x/b", revision: 0 } as const;
    const unwritten = { kind: "unwritten-since", prefix: "x/", revision: second } as const;
    expect(await write(created, { ...created, revision: second })).toBeUndefined();
    expect(await write(created, { ...modified, revision: first })).toBeUndefined();
    expect(await write(created, { ...absent, key: "x/a" })).toBeUndefined();
    expect(await write(created, { ...unwritten, revision: first })).toBeUndefined();
    expect(await write(created, modified, absent, unwritten)).toBe(second + 1);
    await store.close();
  });

  it("frees a claim from before the machine was booted", async () => {
    const config = { kind: "embedded", file: join(directory, "booted.db"), claimTtlMs: 60_000 } as const;
    const dead = await openAgency(config);
    const lost = await dead.claim(request, forever);
    await dead.close();
    const agency = await openAgency(config);
    await expect(agency.claim(request, forever)).rejects.toMatchObject({ reason: "claim-taken" });
    inDatabase(config, (database) => database.exec("UPDATE entries SET leaseBootId = 'an earlier one'"));
    const claim = await agency.claim(request, forever);
    expect(claim.token).toBeGreaterThan(lost.token);
    await agency.close();
  });
});

function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "agency-"));
}

function inDatabase(config: AgencyConfig, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync((config as EmbeddedConfig).file, { timeout: 1000 });
  work(database);
  database.close();
}

function removeRow(database: DatabaseSync, key: string): void {
  database.prepare("DELETE FROM entries WHERE key = ?").run(key);
}

async function garbage(directory: string): Promise<string> {
  await writeFile(join(directory, "garbage.db"), "this is no database, whatever its name says ".repeat(100));
  return "garbage.db";
}

async function foreignDatabase(directory: string): Promise<string> {
  const database = new DatabaseSync(join(directory, "foreign.db"));
  database.exec("CREATE TABLE cats (name TEXT)");
  database.close();
  return "foreign.db";
}

async function newerFile(directory: string): Promise<string> {
  const database = new DatabaseSync(join(directory, "newer.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  return "newer.db";
}
