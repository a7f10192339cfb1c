// What the agency holds, damaged in any way: claim, Plan, dump, records, and the file of the embedded one. Whoever reads it gets
// a sentence that names what is wrong; a record that cannot be read takes nothing from its backup.
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Agency } from "../../coordinator/agency/agency.ts";
import { claimValue, parseClaim } from "../../coordinator/agency/claim-value.ts";
import { openAgency } from "../../coordinator/agency/open-agency.ts";
import { type Job, jobFromJson, jobToJson } from "../../coordinator/job.ts";
import { listBackups } from "../../coordinator/list-backups.ts";
import { dumpOf, parseDump, serversOf } from "../../coordinator/plan.ts";
import type { StillpointError } from "../../proto/errors.ts";
import { errorOf, rejectionOf } from "../support/error-of.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** The bytes with one bit turned or their end cut off, or other bytes. */
function damaged(good: Buffer): fc.Arbitrary<Buffer> {
  const flipped = fc.tuple(fc.nat(good.length - 1), fc.nat(7)).map(([at, bit]) => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    return bytes;
  });
  const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
  const hostile = fc.constantFrom(
    "",
    "null",
    "[]",
    '{"__proto__":{"agent":"a:1"}}',
    '{"a":1,"a":2}',
    "[".repeat(100_000),
  );
  const other = fc.oneof(hostile, fc.json()).map((text) => Buffer.from(text));
  return fc.oneof(
    flipped,
    cut,
    other,
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
}

function expectSentence(error: StillpointError | undefined, reasons: string[], names: string | RegExp): void {
  if (error === undefined) return;
  expect(reasons).toContain(error.reason);
  expect(error.message).toMatch(names);
  expect(error.message).toMatch(/^[^\p{Cc}]{5,800}$/u);
  expect(error.message).not.toMatch(/undefined|\[object/);
  expect(error.hint).not.toBe("");
}

it("a job", () => {
  const backupId = "2026-11-22T15.04.05.123Z_nightly";
  const job = { formatVersion: 1, backupId, token: 7, holder: "coordinator-a", serverIds: ["db1"], phase: "undoing" };
  const good = Buffer.from(jobToJson(job as Job));
  expect(jobFromJson(backupId, good.toString())).toEqual(job);
  fc.assert(
    fc.property(damaged(good), (value) =>
      expectSentence(
        errorOf(() => jobFromJson(backupId, value.toString())),
        ["corrupt", "version"],
        /job of backup "2026/,
      ),
    ),
  );
});

it("a claim", () => {
  const good = claimValue(
    { holder: "coordinator-a", backupId: "2026-11-22T15.04.05.123Z_nightly", purpose: "create" },
    new Date(),
  );
  const read = (value: Buffer) => parseClaim({ key: "/stillpoint/Target", value, createRevision: 1, modRevision: 1 });
  expect(read(good).holder).toBe("coordinator-a");
  fc.assert(
    fc.property(damaged(good), (value) =>
      expectSentence(
        errorOf(() => read(value)),
        ["corrupt"],
        /the agency's claim/,
      ),
    ),
  );
});

it("a server of the Plan", () => {
  const good = Buffer.from('{"agent":"db1.internal:7421"}');
  const read = (value: Buffer) => serversOf({ entries: [{ key: "DBServers/db1", value }] });
  expect(read(good)).toEqual([{ id: "db1", agent: "db1.internal:7421" }]);
  fc.assert(
    fc.property(damaged(good), (value) =>
      expectSentence(
        errorOf(() => read(value)),
        ["invalid"],
        /"DBServers\/db1"/,
      ),
    ),
  );
});

it("a dump of the Plan", () => {
  const entries = [
    { key: "DBServers/db1", value: Buffer.from('{"agent":"a:1"}'), modRevision: 3 },
    { key: "raw", value: Buffer.of(0xff, 0), modRevision: 4 },
  ];
  const good = dumpOf({ revision: 12, entries });
  expect(parseDump(good).entries).toHaveLength(2);
  fc.assert(
    fc.property(damaged(good), (bytes) =>
      expectSentence(
        errorOf(() => parseDump(bytes)),
        ["corrupt", "version"],
        /Plan's dump/,
      ),
    ),
  );
});

it("a record: its backup is listed from its pieces, and the others with it", async () => {
  const cluster = new FakeCluster();
  const { id } = await cluster.backUp();
  const good = cluster.agency.records.get(id) ?? "";
  await fc.assert(
    fc.asyncProperty(damaged(Buffer.from(good)), async (bytes) => {
      cluster.agency.records.set(id, bytes.toString());
      const { backups } = await cluster.clock.run(listBackups(cluster.ports, forever));
      expect(backups).toMatchObject([{ id, state: "BACKUP_STATE_COMPLETE", problems: [] }]);
    }),
  );
});

async function withAgency<Result>(file: string, work: (agency: Agency) => Promise<Result>): Promise<Result> {
  const agency = await openAgency({ kind: "embedded", file });
  try {
    return await work(agency);
  } finally {
    await agency.close();
  }
}

async function goodFile(directory: string): Promise<string> {
  const file = join(directory, "good.db");
  await withAgency(file, async (agency) => {
    const plan = await agency.readPlan(forever);
    await agency.changePlan(plan, { put: [{ key: "DBServers/db1", value: Buffer.from("{}") }], remove: [] }, forever);
  });
  return file;
}

async function readAll(file: string): Promise<void> {
  await withAgency(file, async (agency) => {
    await agency.readPlan(forever);
    await agency.currentClaim(forever);
    await agency.listRecords(forever);
  });
}

it("the file of the embedded agency, cut or flipped anywhere", async () => {
  const directory = await temporaryDirectory();
  const good = await readFile(await goodFile(directory));
  const file = join(directory, "damaged.db");
  await fc.assert(
    fc.asyncProperty(damaged(good), async (bytes) => {
      for (const name of await readdir(directory)) if (name.startsWith("damaged")) await rm(join(directory, name));
      await writeFile(file, bytes);
      const error = await rejectionOf(readAll(file));
      expectSentence(error, ["corrupt", "invalid", "version", "unreachable"], /damaged\.db|agency/);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

it.each<[string, (file: string) => Promise<unknown>]>([
  ["a directory", (file) => mkdir(file)],
  ["a link to nothing", (file) => symlink("nowhere/at/all", file)],
])("the file of the embedded agency that is %s", async (_what, make) => {
  const file = join(await temporaryDirectory(), "agency.db");
  await make(file);
  const error = await rejectionOf(readAll(file));
  expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining(`"${file}"`) });
});

it("the file of the embedded agency and its side files are for their user only, whatever umask says", async () => {
  const directory = await temporaryDirectory();
  const umask = process.umask(0);
  try {
    const file = await goodFile(directory);
    await withAgency(file, async () => {
      const names = (await readdir(directory)).sort();
      expect(names).toEqual(["good.db", "good.db-shm", "good.db-wal"]);
      for (const name of names) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    });
  } finally {
    process.umask(umask);
  }
});
