// A call that comes late, or twice, to an agent that was started anew meanwhile: it remembers no run, and has what is on disk.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rejectionOf } from "../support/error-of.ts";
import { quickDisk } from "../support/hooked-disk.ts";
import {
  commitPiece,
  dump,
  facts,
  forever,
  later,
  lockRequest,
  nightly,
  openTestAgent,
  resultOf,
  sha256Of,
  takePiece,
} from "../support/test-agent.ts";

type Opened = Awaited<ReturnType<typeof openTestAgent>>;

const older = { backupId: "2026-11-22T14.04.05.123Z_nightly", token: 5 };
const restoreRun = { ...nightly, token: 20 };
const stageRequest = { ...restoreRun, pieceServerId: "db1", dryRun: false, ignoreVersion: false };

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;
const startAnew = ({ dataDir, engine }: Opened) => openTestAgent({ dataDir, engine });

/** Its coordinator knows that it is sealed, and may have decided on it. */
async function sealedBeforeTheStart(): Promise<Opened> {
  const before = await openTestAgent();
  await takePiece(before);
  return await startAnew(before);
}

describe("a sealed piece is committed in spite of", () => {
  const calls: Record<string, (run: typeof older) => (opened: Opened) => Promise<unknown>> = {
    Prepare:
      (run) =>
      ({ agent }) =>
        resultOf(agent.prepare(run, forever)),
    Snapshot:
      (run) =>
      ({ agent }) =>
        agent.snapshot({ ...run, round: 1 }, false),
    "Snapshot without a hold":
      (run) =>
      ({ agent }) =>
        agent.snapshot({ ...run, round: 1 }, true),
    StoreDump:
      (run) =>
      ({ agent }) =>
        agent.storeDump({ ...run, round: 1 }, dump, sha256Of(dump)),
    Seal:
      (run) =>
      ({ agent }) =>
        resultOf(agent.seal({ ...run, round: 1 }, facts, forever)),
  };
  const cases = Object.entries(calls).flatMap(([name, call]) => [
    { name: `${name} of its own run`, late: call(nightly) },
    { name: `${name} of a dead run`, late: call(older) },
  ]);
  cases.push({ name: "Abort of an earlier try", late: ({ agent }) => agent.abort({ ...nightly, round: 0 }) });
  cases.push({ name: "Abort of a dead run", late: ({ agent }) => agent.abort({ ...older, round: 9 }) });

  it.each(cases)("$name", async ({ late }) => {
    const opened = await sealedBeforeTheStart();
    await late(opened).catch(() => {}); // refused or not
    await opened.agent.commit(nightly);
    expect(await opened.agent.listPieces("")).toMatchObject([{ id: nightly.backupId, meta: { token: nightly.token } }]);
  });

  it("but not of its own Abort, or of a newer run", async () => {
    for (const newer of [
      { ...nightly, round: 1 },
      { ...later, backupId: nightly.backupId, round: 0 },
    ]) {
      const opened = await sealedBeforeTheStart();
      await opened.agent.abort(newer);
      expect(await reasonOf(opened.agent.commit({ ...nightly, token: newer.token }))).toBe("not-found");
    }
    const opened = await sealedBeforeTheStart();
    await resultOf(opened.agent.prepare(later, forever));
    expect(await quickDisk.names(join(opened.backups, ".staging"))).toEqual([later.backupId]);
  });
});

describe("a Lock", () => {
  it("that comes after its run's Commit blocks nobody", async () => {
    const { agent } = await sealedBeforeTheStart();
    await agent.commit(nightly);
    expect(await reasonOf(agent.lock({ ...nightly, ...lockRequest, round: 9 }, forever))).toBe("stale-round");
    expect((await agent.describe(false, forever)).hold.state).toBe("free");
  });
});

describe("a StageRestore that comes after its run's end", () => {
  async function stagedLate(): Promise<Opened> {
    const before = await openTestAgent();
    await commitPiece(before);
    await resultOf(before.agent.stageRestore(stageRequest, forever));
    await before.agent.flipRestore(restoreRun, forever);
    await before.agent.startRestored(restoreRun, false, forever);
    await before.agent.finishRestore(restoreRun);
    const opened = await startAnew(before);
    await resultOf(opened.agent.stageRestore(stageRequest, forever));
    return opened;
  }

  it("is in no backup's way, and goes with the first", async () => {
    const opened = await stagedLate();
    expect(await opened.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" });
    const next = { ...later, token: 30 };
    await resultOf(opened.agent.prepare(next, forever));
    expect(await quickDisk.names(opened.backups)).not.toContain(".restoring");
  });

  it("goes with a FinishRestore that is asked for again", async () => {
    const opened = await stagedLate();
    await opened.agent.finishRestore({ ...restoreRun, token: 21 });
    expect(await quickDisk.names(opened.backups)).not.toContain(".restoring");
    expect(opened.engine.database.state).toBe("open");
  });
});
