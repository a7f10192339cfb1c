// What every agency must do, whatever store is under it.
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Agency, Claim, Plan } from "../../coordinator/agency/agency.ts";
import { type AgencyConfig, openAgency } from "../../coordinator/agency/open-agency.ts";
import { AgencyProcess } from "../support/agency-process.ts";

export interface AgencyWorld {
  /** An agency with nothing in it. */
  newAgency(): Promise<AgencyConfig>;
  /** Removes a key behind the agency's back. */
  removeKey(config: AgencyConfig, key: string): Promise<void>;
  close(): Promise<void>;
}

/** The shortest that etcd allows. */
export const claimTtlMs = 1000;
/** etcd looks twice a second for leases that have ended; a busy machine adds to it. */
const ttlAndALittleMs = claimTtlMs + 1500;
/** The holder counts less than the whole lease; a busy machine adds to it. */
export const lossWithinMs = claimTtlMs + 300;
const claimKey = "/stillpoint/Target/HotBackup/Create";
const request = { holder: "coordinator-a", backupId: "2026-01-02T03.04.05.678Z_nightly", purpose: "create" } as const;
const forever = new AbortController().signal;

export function agencyContract(name: string, startWorld: () => Promise<AgencyWorld>): void {
  describe(`the agency: ${name}`, () => {
    let world: AgencyWorld;
    let config: AgencyConfig;
    const opened: Agency[] = [];

    beforeAll(async () => {
      world = await startWorld();
    });
    afterAll(() => world.close());
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((agency) => agency.close()));
    });

    /** Two clients of one new agency. */
    async function two(ttlMs = claimTtlMs): Promise<[Agency, Agency]> {
      config = { ...(await world.newAgency()), claimTtlMs: ttlMs };
      return [await open(), await open()];
    }
    async function open(): Promise<Agency> {
      const agency = await openAgency(config);
      opened.push(agency);
      return agency;
    }

    describe("the claim", () => {
      it("says who holds it, for what, since when and by which token", async () => {
        const [agency, other] = await two();
        expect(await other.currentClaim(forever)).toBeUndefined();
        const before = Date.now();
        const claim = await agency.claim(request, forever);
        const info = await other.currentClaim(forever);
        expect(info).toEqual({ ...request, since: expect.any(Date), token: claim.token });
        expect(info?.since.getTime()).toBeGreaterThanOrEqual(before);
        expect(info?.since.getTime()).toBeLessThanOrEqual(Date.now());
      });

      it("is refused to a second one, who is told holder, backup and since when", async () => {
        const [agency, other] = await two();
        await agency.claim(request, forever);
        const since = (await agency.currentClaim(forever))?.since.toISOString();
        const refused = other.claim({ holder: "coordinator-b", backupId: "b", purpose: "delete" }, forever);
        await expect(refused).rejects.toMatchObject({
          reason: "claim-taken",
          message: `the claim is held by "${request.holder}" to create backup "${request.backupId}" since ${since}`,
        });
      });

      it("is free after a release, which may be repeated, and writes nothing more", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        await claim.release();
        await claim.release();
        await claim[Symbol.asyncDispose]();
        expect(claim.signal.aborted).toBe(false);
        await expect(claim.record("b", "{}")).rejects.toMatchObject({ reason: "claim-lost" });
        expect(await other.currentClaim(forever)).toBeUndefined();
        await other.claim(request, forever);
      });

      it("is released at the end of its scope", async () => {
        const [agency, other] = await two();
        {
          await using _claim = await agency.claim(request, forever);
          expect(await other.currentClaim(forever)).toBeDefined();
        }
        expect(await other.currentClaim(forever)).toBeUndefined();
      });

      it("gets a larger token each time, larger than any revision before", async () => {
        const [agency] = await two();
        let last = 0;
        for (let round = 0; round < 5; round++) {
          const claim = await agency.claim(request, forever);
          expect(claim.token).toBeGreaterThan(last);
          const plan = await agency.readPlan(forever);
          last = await claim.changePlan(plan, { put: [{ key: "a", value: Buffer.from(`${round}`) }], remove: [] });
          expect(last).toBeGreaterThan(claim.token);
          await claim.release();
        }
      });

      it("is kept for longer than its lease while its holder lives", async () => {
        const [agency, other] = await two(2 * claimTtlMs);
        const claim = await agency.claim(request, forever);
        await pause(3 * claimTtlMs);
        expect(claim.signal.aborted).toBe(false);
        expect((await other.currentClaim(forever))?.token).toBe(claim.token);
        await claim.record("b", "{}");
      });

      it("signals its loss within the lease's time when its key is removed by hand", async () => {
        const [agency] = await two();
        const claim = await agency.claim(request, forever);
        await world.removeKey(config, claimKey);
        await abortOf(claim.signal, lossWithinMs);
        expect(claim.signal.reason).toMatchObject({ reason: "claim-lost" });
      });

      it("writes nothing once another has it, and cannot release the other's", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        const plan = await agency.readPlan(forever);
        await world.removeKey(config, claimKey);
        const theirs = await other.claim(request, forever);
        await expectNoWrites(claim, plan, other);
        expect(claim.signal.aborted).toBe(true);
        expect((await other.currentClaim(forever))?.token).toBe(theirs.token);
        await theirs.record("theirs", "{}");
      });

      it.each(["journal", "record", "forget", "settle", "savePlanChange", "changePlan", "release"] as const)(
        "is asked for in the agency itself by the first %s after its key was removed",
        async (write) => {
          const [agency, other] = await two();
          const claim = await agency.claim(request, forever);
          const plan = await agency.readPlan(forever);
          await world.removeKey(config, claimKey);
          const writes = {
            journal: () => claim.journal("b", "{}"),
            settle: () => claim.settle("b"),
            savePlanChange: () => claim.savePlanChange({ before: [], after: [{ key: "a", value: Buffer.from("1") }] }),
            record: () => claim.record("b", "{}"),
            forget: () => claim.forget("b"),
            changePlan: () => claim.changePlan(plan, { put: [{ key: "a", value: Buffer.from("1") }], remove: [] }),
            release: () => claim.release(),
          };
          await expect(writes[write]()).rejects.toMatchObject({ reason: "claim-lost" });
          expect(claim.signal.aborted).toBe(true);
          expect((await other.readPlan(forever)).entries).toEqual([]);
          expect(await other.listRecords(forever)).toEqual(new Map());
          expect(await other.listJobs(forever)).toEqual(new Map());
          expect(await other.readPlanChange(forever)).toEqual({ before: [], after: [] });
        },
      );

      it("is lost at once when its agency is closed, and free after its lease", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        await agency.close();
        expect(claim.signal.reason).toMatchObject({ reason: "claim-lost" });
        await expect(claim.record("b", "{}")).rejects.toMatchObject({ reason: "claim-lost" });
        await claimWithin(other, ttlAndALittleMs);
      });

      it("is not taken by who had given up before", async () => {
        const [agency, other] = await two();
        const reason = new Error("given up");
        await expect(agency.claim(request, AbortSignal.abort(reason))).rejects.toMatchObject({ reason: "cancelled" });
        expect(await other.currentClaim(forever)).toBeUndefined();
      });
    });

    describe("the job of a run", () => {
      it("is there for all to read until the run is settled, and outlives its claim", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        await claim.journal("b", '{"phase":"making"}');
        await claim.journal("b", '{"phase":"committing"}');
        await claim.release();
        expect(await other.listJobs(forever)).toEqual(new Map([["b", '{"phase":"committing"}']]));
        const theirs = await other.claim({ ...request, purpose: "settle" }, forever);
        await theirs.settle("b");
        await theirs.settle("b");
        expect(await agency.listJobs(forever)).toEqual(new Map());
        expect(await other.currentClaim(forever)).toMatchObject({ purpose: "settle" });
      });

      it.each(["record", "forget"] as const)("goes in the same step as the %s is made", async (write) => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        await claim.journal("b", "{}");
        await claim.journal("other", "{}");
        await (write === "record" ? claim.record("b", "{}") : claim.forget("b"));
        expect([...(await other.listJobs(forever)).keys()]).toEqual(["other"]);
      });

      it("has with it what the run changes in the Plan, however much that is, until it is settled", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        const entries = (length: number, value: Buffer) =>
          Array.from({ length }, (_, index) => ({ key: `C/${1000 + index}`, value }));
        const saved = { before: entries(3, Buffer.alloc(600_000, "a")), after: entries(140, Buffer.from("b")) };
        await claim.savePlanChange(saved);
        const found = await other.readPlanChange(forever);
        const plain = (list: { key: string; value: Buffer }[]) => list.map(({ key, value }) => `${key} ${value}`);
        expect(plain(found.before)).toEqual(plain(saved.before));
        expect(plain(found.after)).toEqual(plain(saved.after));
        expect((await other.readPlan(forever)).entries).toEqual([]);
        await claim.settle("b");
        expect(await other.readPlanChange(forever)).toEqual({ before: [], after: [] });
      });
    });

    describe("the claim of a process", () => {
      it("that was killed is free after its lease, not before", async () => {
        const [agency] = await two();
        await using process = new AgencyProcess(config);
        expect(await process.ask("claim")).toMatchObject({ token: expect.any(Number) });
        await process.kill();
        await expect(agency.claim(request, forever)).rejects.toMatchObject({ reason: "claim-taken" });
        await claimWithin(agency, ttlAndALittleMs);
      });

      it("that was stopped for longer than its lease is lost to it: it writes nothing when it goes on", async () => {
        const [agency] = await two();
        await using process = new AgencyProcess(config);
        await process.ask("claim");
        process.stop();
        const claim = await claimWithin(agency, ttlAndALittleMs);
        process.resume();
        expect(await process.ask("record")).toMatchObject({ reason: "claim-lost" });
        expect(await process.ask("release")).toMatchObject({ reason: "claim-lost", lost: true });
        expect(await agency.listRecords(forever)).toEqual(new Map());
        expect((await agency.currentClaim(forever))?.token).toBe(claim.token);
      });

      it("is won by exactly one of two that ask at once, every time", async () => {
        await two();
        await using first = new AgencyProcess(config);
        await using second = new AgencyProcess(config);
        const processes = [first, second];
        let last = 0;
        for (let round = 0; round < 25; round++) {
          const answers = await Promise.all(processes.map((process) => process.ask("claim")));
          const winner = answers.findIndex(({ reason }) => reason === undefined);
          expect(answers[1 - winner]).toMatchObject({ reason: "claim-taken" });
          expect(answers[winner]?.token).toBeGreaterThan(last);
          last = answers[winner]?.token ?? 0;
          expect(await processes[winner]?.ask("release")).not.toHaveProperty("reason");
        }
      });
    });

    describe("the Plan", () => {
      it("is empty at first, and holds any bytes, sorted by key", async () => {
        const [agency, other] = await two();
        const empty = await agency.readPlan(forever);
        expect(empty.entries).toEqual([]);
        const put = [
          { key: "z", value: Buffer.alloc(0) },
          { key: "DBServers/db2", value: Buffer.from('{"agent":"b:1"}') },
          { key: "DBServers/db1", value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) },
          { key: "Ünïcödé/\u{1F600}", value: Buffer.from([0xff, 0xfe, 0]) },
          { key: "Ünïcödé/\uFFFD", value: Buffer.from("after its code units, before its bytes") },
        ];
        const revision = await agency.changePlan(empty, { put, remove: [] }, forever);
        const plan = await other.readPlan(forever);
        expect(plan.revision).toBe(revision);
        const byBytes = put.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
        expect(plan.entries).toEqual(byBytes.map((entry) => ({ ...entry, modRevision: revision })));
      });

      it("is read at one revision while a writer writes", async () => {
        const [agency, writer] = await two();
        const filler = Array.from({ length: 2200 }, (_, index) => ({ key: `m/${index}`, value: Buffer.from("-") }));
        await putAll(agency, filler);
        const reading = new AbortController();
        const written = writeBothEnds(writer, reading.signal);
        const seen = new Set<string>();
        for (let round = 0; round < 12; round++) {
          const { entries } = await agency.readPlan(forever);
          expect(entries.at(0)?.value).toEqual(entries.at(-1)?.value);
          seen.add(`${entries.at(0)?.value}`);
        }
        reading.abort();
        expect(await written).toBeGreaterThan(3);
        expect(seen.size).toBeGreaterThan(3);
      });

      it("is current until a key is written, removed, or removed and written again", async () => {
        const [agency, other] = await two();
        const value = Buffer.from("1");
        await putAll(
          agency,
          ["a", "b", "c"].map((key) => ({ key, value })),
        );
        const changes = [
          { put: [{ key: "d", value }], remove: [] },
          { put: [{ key: "a", value }], remove: [] },
          { put: [], remove: ["c"] },
          { put: [{ key: "e", value }], remove: ["b"] },
        ];
        for (const change of changes) {
          const plan = await agency.readPlan(forever);
          expect(await agency.isCurrent(plan, forever)).toBe(true);
          await other.changePlan(await other.readPlan(forever), change, forever);
          expect(await agency.isCurrent(plan, forever)).toBe(false);
        }
        const plan = await agency.readPlan(forever);
        await other.changePlan(plan, { put: [], remove: ["a"] }, forever);
        await other.changePlan(await other.readPlan(forever), { put: [{ key: "a", value }], remove: [] }, forever);
        expect(await agency.isCurrent(plan, forever)).toBe(false);
      });

      it("stays current when something else in the agency is written", async () => {
        const [agency] = await two();
        const plan = await agency.readPlan(forever);
        const claim = await agency.claim(request, forever);
        await claim.record("b", "{}");
        expect(await agency.isCurrent(plan, forever)).toBe(true);
        await claim.changePlan(plan, { put: [{ key: "a", value: Buffer.from("1") }], remove: [] });
      });

      it("is changed in one step, and only if it is what was read", async () => {
        const [agency, other] = await two();
        const value = Buffer.from("1");
        await putAll(agency, [
          { key: "a", value },
          { key: "b", value },
        ]);
        const plan = await agency.readPlan(forever);
        const change = { put: [{ key: "c", value }], remove: ["a"] };
        const revision = await agency.changePlan(plan, change, forever);
        const changed = await other.readPlan(forever);
        expect(changed.revision).toBe(revision);
        expect(changed.entries.map(({ key }) => key)).toEqual(["b", "c"]);

        const late = other.changePlan(plan, { put: [{ key: "b", value: Buffer.from("2") }], remove: ["c"] }, forever);
        await expect(late).rejects.toMatchObject({ reason: "plan-changed" });
        expect(await other.readPlan(forever)).toEqual(changed);
      });

      it("refuses a change after another client removed a key", async () => {
        const [agency, other] = await two();
        const value = Buffer.from("1");
        await putAll(agency, [
          { key: "a", value },
          { key: "b", value },
        ]);
        const plan = await agency.readPlan(forever);
        await world.removeKey(config, "/stillpoint/Plan/b");
        const late = agency.changePlan(plan, { put: [{ key: "c", value }], remove: [] }, forever);
        await expect(late).rejects.toMatchObject({ reason: "plan-changed" });
        expect((await other.readPlan(forever)).entries.map(({ key }) => key)).toEqual(["a"]);
      });

      it("is left alone by an empty change, which still looks whether it is current", async () => {
        const [agency, other] = await two();
        const plan = await agency.readPlan(forever);
        const none = { put: [], remove: [] };
        expect(await agency.changePlan(plan, none, forever)).toBeGreaterThanOrEqual(plan.revision);
        await putAll(other, [{ key: "a", value: Buffer.from("1") }]);
        await expect(agency.changePlan(plan, none, forever)).rejects.toMatchObject({ reason: "plan-changed" });
      });

      it("refuses a change that names a key twice", async () => {
        const [agency] = await two();
        const plan = await agency.readPlan(forever);
        const change = { put: [{ key: "a", value: Buffer.from("1") }], remove: ["a"] };
        await expect(agency.changePlan(plan, change, forever)).rejects.toMatchObject({ reason: "invalid" });
      });

      it("may have 5,000 keys", async () => {
        const [agency, other] = await two();
        const put = Array.from({ length: 5000 }, (_, index) => ({
          key: `Collections/${String(index).padStart(4, "0")}`,
          value: Buffer.from(`{"shards":${index}}`),
        }));
        const revision = await putAll(agency, put);
        const plan = await other.readPlan(forever);
        expect(plan.revision).toBe(revision);
        expect(plan.entries.map(({ key, value }) => ({ key, value }))).toEqual(put);
        await agency.changePlan(plan, { put: [], remove: put.map(({ key }) => key) }, forever);
        expect((await other.readPlan(forever)).entries).toEqual([]);
      });

      it("may have values of 1 MiB", async () => {
        const [agency, other] = await two();
        const put = Array.from({ length: 20 }, (_, index) => ({
          key: `big/${index}`,
          value: randomBytes(1024 * 1024),
        }));
        await putAll(agency, put);
        const { entries } = await other.readPlan(forever);
        const isSame = put.every(({ key, value }) => entries.find((entry) => entry.key === key)?.value.equals(value));
        expect([entries.length, isSame]).toEqual([20, true]);
      });
    });

    describe("the records", () => {
      it("are written and removed under the claim, and listed by backup id", async () => {
        const [agency, other] = await two();
        const claim = await agency.claim(request, forever);
        await claim.record("2026_a", '{"a":1}');
        await claim.record("2026_b", "{}");
        await claim.record("2026_b", '{"b":2}');
        await claim.forget("2026_a");
        await claim.forget("never-there");
        expect(await other.listRecords(forever)).toEqual(new Map([["2026_b", '{"b":2}']]));
      });
    });
  });
}

export async function abortOf(signal: AbortSignal, withinMs: number): Promise<void> {
  const tooLate = new AbortController();
  const waiting = pause(withinMs, undefined, { signal: AbortSignal.any([signal, tooLate.signal]) });
  await waiting.catch(() => {});
  expect(signal.aborted, `the signal aborts within ${withinMs} ms`).toBe(true);
}

/** Tries until the claim is free, which must be in time. */
export async function claimWithin(agency: Agency, withinMs: number): Promise<Claim> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await agency.claim(request, forever);
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
    await pause(20);
  }
}

async function putAll(agency: Agency, put: { key: string; value: Buffer }[]): Promise<number> {
  return await agency.changePlan(await agency.readPlan(forever), { put, remove: [] }, forever);
}

/** Writes the first and the last key of the Plan, always both to the same value, until it is told to stop. */
async function writeBothEnds(agency: Agency, stop: AbortSignal): Promise<number> {
  let count = 0;
  let plan = await agency.readPlan(forever);
  while (!stop.aborted) {
    const value = Buffer.from(String(count++));
    const put = ["a", "z"].map((key) => ({ key, value }));
    const revision = await agency.changePlan(plan, { put, remove: [] }, forever);
    const others = plan.entries.filter(({ key }) => key !== "a" && key !== "z");
    const ends = put.map((entry) => ({ ...entry, modRevision: revision }));
    plan = { revision, entries: [...others, ...ends] };
  }
  return count;
}

async function expectNoWrites(claim: Claim, plan: Plan, other: Agency): Promise<void> {
  const change = { put: [{ key: "a", value: Buffer.from("1") }], remove: [] };
  const writes = [
    () => claim.record("b", "{}"),
    () => claim.forget("b"),
    () => claim.changePlan(plan, change),
    () => claim.release(),
  ];
  for (const write of writes) await expect(write()).rejects.toMatchObject({ reason: "claim-lost" });
  expect((await other.readPlan(forever)).entries).toEqual([]);
  expect(await other.listRecords(forever)).toEqual(new Map());
}
