// What every agent must do, seen from outside: the calls of agent.proto, one after the other, with what happens when a call
// is repeated, its answer is lost, or its caller vanishes. That requests may say anything is in agent-input.ts.
import { readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import type { AgentPort, OnProgress } from "../../coordinator/ports.ts";
import { StillpointError } from "../../proto/errors.ts";
import { toDate } from "../../proto/time.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import type { FakeEngine } from "../support/fake-engine.ts";
import { append, readTree, writeFiles } from "../support/file-tree.ts";
import { dump, forever, later, nightly, sealFacts, serverFiles } from "../support/test-agent.ts";

export interface AgentUnderTest {
  port: AgentPort;
  /** For what the port would never send. */
  client: Client;
  /** The agent of server "db1" works with it and on these files. */
  engine: FakeEngine;
  dataDir: string;
  /** The agent dies, and another is started for the same server. */
  restart(): Promise<AgentUnderTest>;
}

export type OpenAgent = () => Promise<AgentUnderTest>;

const lockOptions = { round: 1, waitMs: 500, holdMs: 5_000, abortBlockers: false };
const snapshotOptions = { round: 1, withoutHold: false, withinMs: 5_000 };
const stageOptions = { pieceServerId: "db1", dryRun: false, ignoreVersion: false };
const nothing: OnProgress = () => {};

async function cut({ port }: AgentUnderTest, run = nightly) {
  await port.prepare(run, forever);
  await port.lock(run, lockOptions, forever);
  return await port.snapshot(run, snapshotOptions, forever);
}

async function seal(opened: AgentUnderTest, run = nightly) {
  await cut(opened, run);
  await opened.port.storeDump(run, 0, dump, forever);
  return await opened.port.seal(run, sealFacts, nothing, forever);
}

async function commit(opened: AgentUnderTest, run = nightly) {
  const piece = await seal(opened, run);
  await opened.port.commit(run, forever);
  return piece;
}

const staged = ({ dataDir }: AgentUnderTest, run = nightly) => join(dataDir, "backups/.staging", run.backupId);
const committed = ({ dataDir }: AgentUnderTest, run = nightly) => join(dataDir, "backups", run.backupId);
const idsOf = async ({ port }: AgentUnderTest) => (await port.listPieces("", forever)).map(({ backupId }) => backupId);
const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

function areWritesStopped({ database }: FakeEngine): boolean {
  let areStopped = false;
  const write = database.write(() => {
    areStopped = true;
  });
  write.catch(() => {}); // if they are, it ends after the test, whose end closes the agent
  return areStopped;
}

async function isAsked({ calls }: FakeEngine, method: FakeEngine["calls"][number]): Promise<void> {
  await eventually(() => calls.at(-1) === method, 5_000, `the engine was not asked for ${method}`);
}

/** A call whose caller vanishes as soon as the engine is asked. Resolves when the engine has been told to give up. */
async function vanishDuring(
  { engine }: AgentUnderTest,
  method: "inspect" | "flush" | "stopServer" | "startServer",
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  engine.misbehaves[method] = "hang";
  const caller = new AbortController();
  const answer = reasonOf(call(caller.signal));
  await isAsked(engine, method);
  delete engine.misbehaves[method];
  caller.abort();
  expect(await answer).toBe("cancelled");
}

export function agentContract(name: string, open: OpenAgent): void {
  describe(`${name}: Describe`, () => {
    it("tells of the server, its space and its pieces", async () => {
      const opened = await open();
      await commit(opened);
      expect(await opened.port.describe(false, forever)).toMatchObject({
        serverId: "db1",
        agentVersion: "0.1.0",
        engine: "fake",
        engineVersion: "1.0",
        healthy: true,
        problem: "",
        knowsOpenWrites: true,
        openWrites: [],
        dataDir: opened.dataDir,
        sameFilesystem: true,
        pieces: 1,
        stagedIds: [],
        pendingRestore: "",
        hold: { phase: "PHASE_FREE", backupId: "", round: 0 },
        neededBytes: 0,
      });
    });

    it("tells what a backup will need, when it is asked to go through the files", async () => {
      const { port } = await open();
      const found = await port.describe(true, forever);
      const { LOCK: _, "cache/page": __, ...kept } = serverFiles;
      expect(found).toMatchObject({ dataFiles: 5, dataBytes: Object.values(kept).join("").length });
      expect(found.neededBytes).toBeGreaterThanOrEqual("acknowledged000005.log\nsmall".length);
      expect(found.neededInodes).toBeGreaterThanOrEqual(3);
      expect(found.freeBytes).toBeGreaterThan(0);
    });

    it("tells which write transactions are open, the oldest first", async () => {
      const { port, engine } = await open();
      const id = await engine.database.begin("a client", "a report");
      await engine.database.begin("another", "an import");
      expect((await port.describe(false, forever)).openWrites).toMatchObject([
        { id, owner: "a client", description: "a report" },
        { owner: "another" },
      ]);
    });

    it("tells who holds the server, and for how long still", async () => {
      const { port } = await open();
      await port.lock(nightly, lockOptions, forever);
      const { hold } = await port.describe(false, forever);
      expect(hold).toMatchObject({ phase: "PHASE_HELD", backupId: nightly.backupId, round: 1 });
      expect(hold?.heldMs).toBeGreaterThan(0);
      expect(hold?.endsInMs).toBeLessThan(5_000);
    });

    it("tells why the server is not healthy", async () => {
      const { port, engine } = await open();
      engine.database.crash();
      expect(await port.describe(false, forever)).toMatchObject({ healthy: false, problem: "the database is crashed" });
    });

    it("tells why the files cannot be backed up, when it is asked to go through them", async () => {
      const { port, dataDir } = await open();
      await symlink("/etc", join(dataDir, "outside"));
      expect(await port.describe(false, forever)).toMatchObject({ healthy: true });
      expect(await port.describe(true, forever)).toMatchObject({
        healthy: false,
        problem: expect.stringContaining('has a link "outside" that points outside'),
      });
    });

    it("changes nothing when its caller vanishes", async () => {
      const opened = await open();
      await vanishDuring(opened, "inspect", (signal) => opened.port.describe(false, signal));
      expect(await opened.port.describe(false, forever)).toMatchObject({ healthy: true });
    });
  });

  describe(`${name}: Prepare`, () => {
    it("links every file that can be linked, and stops no writes", async () => {
      const opened = await open();
      expect(await opened.port.prepare(nightly, forever)).toEqual({ linkedFiles: 3 });
      expect(await readTree(join(staged(opened), "data"))).toEqual({
        "000004.sst": "table",
        "000005.log": "acknowledged",
        sub: "/",
        "sub/000009.sst": "another table",
      });
      expect(opened.engine.calls).toEqual(["flush"]);
    });

    it("goes on where it was when it is repeated", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      await writeFiles(opened.dataDir, { "000012.sst": "new" });
      expect(await opened.port.prepare(nightly, forever)).toEqual({ linkedFiles: 4 });
    });

    it("can be repeated after its caller vanished", async () => {
      const opened = await open();
      await vanishDuring(opened, "flush", (signal) => opened.port.prepare(nightly, signal));
      expect(await opened.port.prepare(nightly, forever)).toEqual({ linkedFiles: 3 });
    });

    it("that comes late leaves the piece as it was cut and sealed", async () => {
      const opened = await open();
      await seal(opened);
      await append(opened.dataDir, "000005.log", " since");
      expect(await opened.port.prepare(nightly, forever)).toEqual({ linkedFiles: 0 });
      await opened.port.commit(nightly, forever);
      expect(await opened.port.verifyPiece(nightly.backupId, nothing, forever)).toMatchObject({ problems: [] });
    });

    it("removes what runs with a smaller token have left", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      await opened.port.prepare(later, forever);
      expect(await opened.port.describe(false, forever)).toMatchObject({ stagedIds: [later.backupId] });
    });

    it("of a run that is over is refused", async () => {
      const { port } = await open();
      await port.prepare(later, forever);
      expect(await reasonOf(port.prepare(nightly, forever))).toBe("stale-round");
    });

    it("leaves nothing when the agent is started again", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      const { port } = await opened.restart();
      expect(await port.describe(false, forever)).toMatchObject({ stagedIds: [] });
    });
  });

  describe(`${name}: Lock`, () => {
    it("stops writes, and the same round gets the same answer", async () => {
      const { port, engine } = await open();
      const first = await port.lock(nightly, lockOptions, forever);
      expect(await port.lock(nightly, lockOptions, forever)).toEqual(first);
      expect(engine.calls).toEqual(["stopWrites"]);
      expect(areWritesStopped(engine)).toBe(true);
    });

    it("says who is in the way when its wait is over, before the transport gives up", async () => {
      const { port, engine } = await open();
      await engine.database.begin("a client", "a report");
      const error = await rejectionOf(port.lock(nightly, { ...lockOptions, waitMs: 20 }, forever));
      expect(error).toMatchObject({
        reason: "lock-busy",
        blockers: [{ owner: "a client", description: "a report" }],
        hint: expect.stringContaining("--force"),
      });
      expect(areWritesStopped(engine)).toBe(false);
    });

    it("aborts what is in the way if it is asked to", async () => {
      const { port, engine } = await open();
      await engine.database.begin("a client", "a report");
      await port.lock(nightly, { ...lockOptions, abortBlockers: true }, forever);
      expect(engine.database.openWrites()).toEqual([]);
    });

    it("ends its waiting when its caller vanishes, and lets writes go", async () => {
      const { port, engine } = await open();
      await engine.database.begin("a client", "a report");
      const caller = new AbortController();
      const answer = reasonOf(port.lock(nightly, { ...lockOptions, waitMs: 60_000 }, caller.signal));
      await isAsked(engine, "stopWrites");
      caller.abort();
      expect(await answer).toBe("cancelled");
      await engine.database.write();
    });

    it("keeps what is held when its caller vanishes, until the hold ends by itself", async () => {
      const { port, engine } = await open();
      const caller = new AbortController();
      await port.lock(nightly, { ...lockOptions, holdMs: 100 }, caller.signal);
      caller.abort();
      expect(areWritesStopped(engine)).toBe(true);
      await engine.database.write();
      expect(await port.release(nightly, 1)).toMatchObject({ endedBy: expect.toBeOneOf(["expired", "lost"]) });
    });

    it("that comes late is refused: after Release, and with a smaller token", async () => {
      const { port } = await open();
      await port.release(nightly, 2);
      expect(await reasonOf(port.lock(nightly, { ...lockOptions, round: 2 }, forever))).toBe("stale-round");
      await port.lock(later, lockOptions, forever);
      expect(await reasonOf(port.lock(nightly, { ...lockOptions, round: 3 }, forever))).toBe("stale-round");
    });

    it("passes on that the server cannot be reached", async () => {
      const { port, engine } = await open();
      engine.database.crash();
      expect(await reasonOf(port.lock(nightly, lockOptions, forever))).toBe("unreachable");
    });
  });

  describe(`${name}: Snapshot`, () => {
    it("makes the cut under the hold and lets writes go at once", async () => {
      const opened = await open();
      const { hold, snapshotMs, deltaFiles, files } = await cut(opened);
      expect(areWritesStopped(opened.engine)).toBe(false);
      expect(hold).toMatchObject({ round: 1, unbroken: true, endedBy: "snapshot" });
      expect({ deltaFiles, files }).toEqual({ deltaFiles: 2, files: 5 });
      expect(snapshotMs).toBeGreaterThan(0);
      expect(hold?.heldMs).toBeGreaterThanOrEqual(snapshotMs);
    });

    it("gives the same answer when it is repeated, also when its caller vanished the first time", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      await opened.port.lock(nightly, lockOptions, forever);
      const caller = new AbortController();
      const lost = reasonOf(opened.port.snapshot(nightly, snapshotOptions, caller.signal));
      caller.abort();
      expect(await lost).toBe("cancelled");
      const second = await opened.port.snapshot(nightly, snapshotOptions, forever);
      await writeFiles(opened.dataDir, { CURRENT: "of later" });
      expect(await opened.port.snapshot(nightly, snapshotOptions, forever)).toEqual(second);
      expect(areWritesStopped(opened.engine)).toBe(false);
    });

    it("is refused without the hold of this very round", async () => {
      const { port } = await open();
      expect(await reasonOf(port.snapshot(nightly, snapshotOptions, forever))).toBe("hold-lost");
      await port.lock(nightly, lockOptions, forever);
      expect(await reasonOf(port.snapshot(nightly, { ...snapshotOptions, round: 2 }, forever))).toBe("hold-lost");
      expect(await reasonOf(port.snapshot(later, snapshotOptions, forever))).toBe("hold-lost");
    });

    it("is made anew in a newer round, and a late one of an older round does not take that away", async () => {
      const opened = await open();
      const { port } = opened;
      await cut(opened);
      await writeFiles(opened.dataDir, { CURRENT: "of round 2" });
      await port.lock(nightly, { ...lockOptions, round: 2 }, forever);
      const second = await port.snapshot(nightly, { ...snapshotOptions, round: 2 }, forever);
      for (const withoutHold of [false, true]) {
        const late = port.snapshot(nightly, { ...snapshotOptions, withoutHold }, forever);
        expect(await reasonOf(late)).toBe("stale-round");
      }
      expect(await port.snapshot(nightly, { ...snapshotOptions, round: 2 }, forever)).toEqual(second);
      await port.storeDump(nightly, 0, dump, forever);
      await port.seal(nightly, sealFacts, nothing, forever);
      expect(await readTree(join(staged(opened), "data"))).toMatchObject({ CURRENT: "of round 2" });
    });

    it("can be taken without any hold, and then says so", async () => {
      const { port } = await open();
      const answer = await port.snapshot(nightly, { ...snapshotOptions, withoutHold: true }, forever);
      expect(answer).toMatchObject({ hold: null, files: 5 });
      await port.storeDump(nightly, 0, dump, forever);
      const marked = { ...sealFacts, potentiallyInconsistent: true };
      const piece = await port.seal(nightly, marked, nothing, forever);
      expect(piece).toMatchObject({ hold: null, potentiallyInconsistent: true });
    });

    it("fails when the server let writes go meanwhile", async () => {
      const { port, engine } = await open();
      await port.lock(nightly, lockOptions, forever);
      engine.misbehaves.resume = new Error("no answer");
      expect(await reasonOf(port.snapshot(nightly, snapshotOptions, forever))).toBe("hold-lost");
    });
  });

  describe(`${name}: StoreDump`, () => {
    it("puts the dump into the piece, also when it is repeated, and another one in its place", async () => {
      const opened = await open();
      await opened.port.storeDump(nightly, 0, Buffer.from("first"), forever);
      await opened.port.storeDump(nightly, 0, dump, forever);
      await opened.port.storeDump(nightly, 0, dump, forever);
      expect(await readFile(join(staged(opened), "plan.json"))).toEqual(dump);
    });

    it("after Seal makes it necessary to seal again, unless the dump is the same", async () => {
      const opened = await open();
      const { port } = opened;
      await seal(opened);
      await port.storeDump(nightly, 0, Buffer.from("another"), forever);
      expect(await reasonOf(port.commit(nightly, forever))).toBe("not-found");
      await port.seal(nightly, sealFacts, nothing, forever);
      await port.storeDump(nightly, 0, Buffer.from("another"), forever);
      await port.commit(nightly, forever);
      expect((await port.verifyPiece(nightly.backupId, nothing, forever)).problems).toEqual([]);
    });

    it("and Seal that come late, from a try before the cut, change nothing", async () => {
      const opened = await open();
      const { port } = opened;
      await seal(opened);
      await port.lock(nightly, { ...lockOptions, round: 2 }, forever);
      await port.snapshot(nightly, { ...snapshotOptions, round: 2 }, forever);
      expect(await reasonOf(port.seal(nightly, { ...sealFacts, round: 2 }, nothing, forever))).toBe("not-found");
      await port.storeDump(nightly, 2, dump, forever);
      expect(await reasonOf(port.storeDump(nightly, 1, Buffer.from("older"), forever))).toBe("stale-round");
      expect(await reasonOf(port.seal(nightly, { ...sealFacts, round: 1 }, nothing, forever))).toBe("stale-round");
      await port.seal(nightly, { ...sealFacts, round: 2 }, nothing, forever);
      expect(await reasonOf(port.storeDump(nightly, 1, Buffer.from("older"), forever))).toBe("stale-round");
      await port.commit(nightly, forever);
      expect(await port.readDump(nightly.backupId, forever)).toEqual(dump);
    });

    it("of a piece that is committed is refused", async () => {
      const opened = await open();
      await commit(opened);
      expect(await reasonOf(opened.port.storeDump(nightly, 0, dump, forever))).toBe("invalid");
      expect(await opened.port.readDump(nightly.backupId, forever)).toEqual(dump);
    });
  });

  describe(`${name}: Release`, () => {
    it("lets writes go and says from when to when they were held, the same when it is repeated", async () => {
      const { port, engine } = await open();
      await port.lock(nightly, lockOptions, forever);
      const hold = await port.release(nightly, 1);
      expect(areWritesStopped(engine)).toBe(false);
      expect(hold).toMatchObject({ round: 1, unbroken: true, endedBy: "released" });
      expect(toDate(hold?.heldAt ?? { seconds: 0, nanos: 0 }).getTime()).toBeGreaterThan(Date.now() - 60_000);
      expect(await port.release(nightly, 1)).toEqual(hold);
    });

    it("is always OK, also where nothing is held and for runs that nobody knows", async () => {
      const { port } = await open();
      expect(await port.release(nightly, 0)).toBeNull();
      expect(await port.release(later, 3)).toBeNull();
      expect(await port.release(nightly, 3)).toBeNull();
    });
  });

  describe(`${name}: Seal`, () => {
    it("gives the piece, with the hold that its cut was made under", async () => {
      const opened = await open();
      const piece = await seal(opened);
      expect(piece).toMatchObject({
        ...nightly,
        ...sealFacts,
        createdAt: expect.objectContaining({ seconds: sealFacts.createdAt.seconds }),
        serverId: "db1",
        engine: "fake",
        engineVersion: "1.0",
        files: 5,
        problem: "",
        hold: { round: 1, unbroken: true },
      });
      const [heldAt, cutAt, endedAt] = [piece.hold?.heldAt, piece.cutAt, piece.hold?.endedAt].map((each) =>
        toDate(each ?? { seconds: 0, nanos: 0 }).getTime(),
      ) as [number, number, number];
      expect(heldAt <= cutAt && cutAt <= endedAt).toBe(true);
    });

    it("gives the same piece when it is repeated", async () => {
      const opened = await open();
      const piece = await seal(opened);
      expect(await opened.port.seal(nightly, sealFacts, nothing, forever)).toEqual(piece);
    });

    it("goes on after its caller vanished and it is repeated; the piece stays uncommitted", async () => {
      const opened = await open();
      await cut(opened);
      await opened.port.storeDump(nightly, 0, dump, forever);
      await vanishDuring(opened, "inspect", (signal) => opened.port.seal(nightly, sealFacts, nothing, signal));
      expect(await idsOf(opened)).toEqual([]);
      expect(await opened.port.seal(nightly, sealFacts, nothing, forever)).toMatchObject({ files: 5 });
    });

    it("says what is missing: the cut, or the dump", async () => {
      const opened = await open();
      const missing = () => rejectionOf(opened.port.seal(nightly, sealFacts, nothing, forever));
      expect(await missing()).toMatchObject({ reason: "not-found", hint: "call Snapshot first" });
      await cut(opened);
      expect(await missing()).toMatchObject({ reason: "not-found", hint: "call StoreDump first" });
    });
  });

  describe(`${name}: Commit`, () => {
    it("puts the piece into its place, and is OK when it is repeated", async () => {
      const opened = await open();
      const piece = await commit(opened);
      await opened.port.commit(nightly, forever);
      expect(await opened.port.listPieces("", forever)).toEqual([piece]);
      expect(await opened.port.verifyPiece(nightly.backupId, nothing, forever)).toEqual({ piece, problems: [] });
      expect(await opened.port.describe(false, forever)).toMatchObject({ pieces: 1, stagedIds: [] });
    });

    it("is refused before Seal, and for a backup that nobody knows", async () => {
      const opened = await open();
      await cut(opened);
      expect(await rejectionOf(opened.port.commit(nightly, forever))).toMatchObject({
        reason: "not-found",
        hint: "call Seal first",
      });
      expect(await reasonOf(opened.port.commit(later, forever))).toBe("not-found");
      expect(await idsOf(opened)).toEqual([]);
    });

    it("is OK for a committed piece also after a call for it came late", async () => {
      const opened = await open();
      await commit(opened);
      expect(await reasonOf(opened.port.storeDump(nightly, 0, dump, forever))).toBe("invalid");
      await opened.port.commit(nightly, forever);
    });

    it("works also when the agent was started again since Seal", async () => {
      const opened = await open();
      await seal(opened);
      const again = await opened.restart();
      await again.port.commit(nightly, forever);
      expect((await again.port.verifyPiece(nightly.backupId, nothing, forever)).problems).toEqual([]);
    });
  });

  describe(`${name}: Abort`, () => {
    it("lets writes go and removes the piece, and is OK when it is repeated", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      await opened.port.lock(nightly, lockOptions, forever);
      await opened.port.abort(nightly, 1);
      expect(areWritesStopped(opened.engine)).toBe(false);
      expect(await opened.port.describe(false, forever)).toMatchObject({ stagedIds: [] });
      await opened.port.abort(nightly, 1);
    });

    it("removes no piece that is committed: whoever committed it had decided", async () => {
      const opened = await open();
      await commit(opened);
      await opened.port.abort(nightly, 1);
      await opened.port.abort({ ...nightly, token: nightly.token + 1 }, 1);
      expect(await idsOf(opened)).toEqual([nightly.backupId]);
    });

    it("that comes late, from a try before the cut, leaves the piece alone", async () => {
      const opened = await open();
      const { port } = opened;
      await cut(opened);
      await port.lock(nightly, { ...lockOptions, round: 2 }, forever);
      await port.snapshot(nightly, { ...snapshotOptions, round: 2 }, forever);
      await port.storeDump(nightly, 2, dump, forever);
      await port.seal(nightly, { ...sealFacts, round: 2 }, nothing, forever);
      await port.abort(nightly, 1);
      await port.commit(nightly, forever);
      expect(await idsOf(opened)).toEqual([nightly.backupId]);
    });

    it("by a later run ends the hold and removes the piece that an older run of this backup left", async () => {
      const opened = await open();
      await opened.port.prepare(nightly, forever);
      await opened.port.lock(nightly, lockOptions, forever);
      await opened.port.abort({ ...nightly, token: nightly.token + 1 }, 0);
      expect(await opened.port.describe(false, forever)).toMatchObject({
        stagedIds: [],
        hold: { phase: "PHASE_FREE" },
      });
      expect(await reasonOf(opened.port.prepare(nightly, forever))).toBe("stale-round");
    });

    it("removes by the full id only", async () => {
      const opened = await open();
      await commit(opened);
      await opened.port.abort({ ...nightly, backupId: nightly.backupId.slice(0, -1) }, 1);
      await opened.port.abort({ ...nightly, backupId: `${nightly.backupId}2` }, 1);
      expect(await idsOf(opened)).toEqual([nightly.backupId]);
    });

    it("of a run that is over leaves the piece of the newer one alone", async () => {
      const opened = await open();
      await cut(opened, later);
      await opened.port.abort(nightly, 1);
      await opened.port.storeDump(later, 0, dump, forever);
      await opened.port.seal(later, sealFacts, nothing, forever);
      await opened.port.commit(later, forever);
      expect(await idsOf(opened)).toEqual([later.backupId]);
    });

    it("is refused nothing: a run that nobody knows is aborted too", async () => {
      const opened = await open();
      await opened.port.abort(later, 0);
      await opened.port.abort(nightly, 7);
    });
  });

  describe(`${name}: the committed pieces`, () => {
    it("are listed by id, all or one", async () => {
      const opened = await open();
      await commit(opened);
      await commit(opened, later);
      expect(await idsOf(opened)).toEqual([nightly.backupId, later.backupId]);
      expect(await opened.port.listPieces(later.backupId, forever)).toMatchObject([later]);
      expect(await opened.port.listPieces("unknown", forever)).toEqual([]);
    });

    it("are listed with what is wrong with them", async () => {
      const opened = await open();
      await writeFiles(opened.dataDir, { "backups/damaged/META.json": "{" });
      expect(await opened.port.listPieces("", forever)).toMatchObject([
        { backupId: "damaged", problem: 'META.json of "damaged" is not JSON' },
      ]);
    });

    it("are verified with progress, and what is damaged is named", async () => {
      const opened = await open();
      const { bytes } = await commit(opened);
      await writeFiles(committed(opened), { "data/CURRENT": "damaged" });
      const progress: [number, number][] = [];
      const { problems } = await opened.port.verifyPiece(
        nightly.backupId,
        (...each) => void progress.push(each),
        forever,
      );
      expect(problems).toEqual(['"data/CURRENT" is damaged: its checksum is another']);
      expect(progress.at(-1)).toEqual([bytes, bytes]);
    });

    it("give their dump, unless it is damaged", async () => {
      const opened = await open();
      await commit(opened);
      expect(await opened.port.readDump(nightly.backupId, forever)).toEqual(dump);
      await writeFiles(committed(opened), { "plan.json": "{}" });
      expect(await reasonOf(opened.port.readDump(nightly.backupId, forever))).toBe("corrupt");
    });

    it("are deleted once, and it is OK when they are gone", async () => {
      const opened = await open();
      const { bytes } = await commit(opened);
      expect(await opened.port.deletePiece({ ...nightly, token: 9 }, forever)).toEqual({ existed: true, bytes });
      expect(await opened.port.deletePiece({ ...nightly, token: 9 }, forever)).toEqual({ existed: false, bytes: 0 });
      expect(await idsOf(opened)).toEqual([]);
    });

    it("are not deleted by a run that is over", async () => {
      const opened = await open();
      await commit(opened);
      await opened.port.prepare(later, forever);
      expect(await reasonOf(opened.port.deletePiece(nightly, forever))).toBe("stale-round");
    });
  });

  describe(`${name}: a restore`, () => {
    const restoreRun = { ...nightly, token: 20 };

    async function openChanged() {
      const opened = await open();
      await commit(opened);
      await rm(join(opened.dataDir, "000004.sst"));
      await writeFiles(opened.dataDir, { CURRENT: "of today", "new.sst": "of today" });
      return opened;
    }

    const today = { CURRENT: "of today", "new.sst": "of today" };
    const stage = ({ port }: AgentUnderTest, options = {}) =>
      port.stageRestore(restoreRun, { ...stageOptions, ...options }, nothing, forever);

    it("goes from stage over flip and start to its end, each step as often as one likes", async () => {
      const opened = await openChanged();
      const { port, engine, dataDir } = opened;
      expect(await stage(opened)).toMatchObject({ backupId: nightly.backupId });
      await stage(opened);
      expect(await readTree(dataDir)).toMatchObject(today);
      const flipped = await port.flipRestore(restoreRun, forever);
      expect(await port.flipRestore(restoreRun, forever)).toEqual(flipped);
      expect(await readTree(dataDir)).toEqual({ ...serverFiles, sub: "/", cache: "/" });
      expect(await readTree(flipped.failsafeDir)).toMatchObject(today);
      expect(engine.database.state).toBe("closed");
      expect((await port.startRestored(restoreRun, { undone: false })).downMs).toBeGreaterThan(0);
      expect(await port.startRestored(restoreRun, { undone: false })).toEqual({ downMs: 0 });
      expect(engine.database.state).toBe("open");
      await port.finishRestore(restoreRun);
      await port.finishRestore(restoreRun);
      expect(await port.undoRestore(restoreRun)).toEqual({ flippedBack: false });
      expect(await readTree(dataDir)).toEqual({ ...serverFiles, sub: "/", cache: "/" });
    });

    it("is undone as often as one likes", async () => {
      const opened = await openChanged();
      const { port, engine, dataDir } = opened;
      await stage(opened);
      await port.flipRestore(restoreRun, forever);
      expect(await port.undoRestore(restoreRun)).toEqual({ flippedBack: true });
      expect(await port.undoRestore(restoreRun)).toEqual({ flippedBack: true });
      expect(engine.database.state).toBe("closed");
      expect(await reasonOf(port.startRestored(restoreRun, { undone: false }))).toBe("not-found");
      await port.startRestored(restoreRun, { undone: true });
      expect(await readTree(dataDir)).toMatchObject(today);
      expect(await port.undoRestore(restoreRun)).toEqual({ flippedBack: false });
    });

    it("that was staged is gone when the agent is started again; one that was flipped waits", async () => {
      const opened = await openChanged();
      await stage(opened);
      const second = await opened.restart();
      expect(await second.port.describe(false, forever)).toMatchObject({ pendingRestore: "" });
      expect(await reasonOf(second.port.flipRestore(restoreRun, forever))).toBe("not-found");
      await stage(second);
      await second.port.flipRestore(restoreRun, forever);
      const third = await second.restart();
      expect(await third.port.describe(false, forever)).toMatchObject({ pendingRestore: nightly.backupId });
      await third.port.startRestored(restoreRun, { undone: false });
      await third.port.finishRestore(restoreRun);
      expect(await third.port.describe(false, forever)).toMatchObject({ pendingRestore: "" });
    });

    it("whose caller vanishes while the server stops has moved nothing, and can be undone", async () => {
      const opened = await openChanged();
      await stage(opened);
      await vanishDuring(opened, "stopServer", (signal) => opened.port.flipRestore(restoreRun, signal));
      expect(await opened.port.undoRestore(restoreRun)).toEqual({ flippedBack: true });
      await opened.port.startRestored(restoreRun, { undone: true });
      expect(await readTree(opened.dataDir)).toMatchObject(today);
    });

    it("may only check, and says why a piece does not fit", async () => {
      const opened = await openChanged();
      await stage(opened, { dryRun: true });
      expect(await opened.port.describe(false, forever)).toMatchObject({ pendingRestore: "" });
      expect(await reasonOf(stage(opened, { pieceServerId: "db2" }))).toBe("topology");
      await writeFiles(committed(opened), { "plan.json": "{}" });
      expect(await reasonOf(stage(opened, { dryRun: true }))).toBe("corrupt");
    });

    it("passes on that the server does not come up", async () => {
      const opened = await openChanged();
      await stage(opened);
      await opened.port.flipRestore(restoreRun, forever);
      opened.engine.misbehaves.startServer = new StillpointError("corrupt", "the server cannot read its files");
      expect(await reasonOf(opened.port.startRestored(restoreRun, { undone: false }))).toBe("corrupt");
    });

    it("of a run that is over is refused, in each of its steps", async () => {
      const opened = await openChanged();
      const { port } = opened;
      await port.lock({ ...later, token: 30 }, lockOptions, forever);
      const steps = [
        stage(opened),
        port.flipRestore(restoreRun, forever),
        port.startRestored(restoreRun, { undone: false }),
        port.undoRestore(restoreRun),
        port.finishRestore(restoreRun),
      ];
      expect(await Promise.all(steps.map(reasonOf))).toEqual(Array(5).fill("stale-round"));
    });
  });
}
