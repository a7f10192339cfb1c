// What was acknowledged is in the files when writes are stopped: a piece is taken by the agent's own code, as a coordinator
// would have it, and gone at the end. Only a restore shows what is in it.
import { setTimeout as pause } from "node:timers/promises";
import { backupIdOf } from "../../proto/names.ts";
import type { Agent } from "../agent.ts";
import { sha256 } from "../checksums.ts";
import { askFor, Broken, type Case, type Check, type Finding, noSignal } from "./case.ts";
import type { WriteProbe } from "./probe.ts";
import { whileWriting } from "./writer.ts";

export const pieceCases: readonly Case[] = [
  {
    name: "snapshot",
    says: "a snapshot is made under a stop, sealed, and found whole",
    run: (check) =>
      withPiece(check, async (agent, { run, acknowledged }) => {
        const meta = await isWhole(agent, run.backupId);
        return {
          found: `${meta.files} files, ${meta.bytes} bytes; writes acknowledged meanwhile: ${acknowledged}`,
        };
      }),
  },
  {
    name: "restore",
    says: "a restore of it gives the writes that were acknowledged before the cut and no others, and is undone",
    skip: ({ mayRestore }) => (mayRestore ? undefined : "it stops the server: ask for it with --restore"),
    run: (check) => withPiece(check, (agent, taken) => isRestored(check, agent, taken)),
  },
];

interface Taken {
  run: { backupId: string; token: number };
  /** What the server counted under the stop. */
  countAtCut: number;
  /** Writes that were acknowledged while the piece was being prepared and the lock was waited for. */
  acknowledged: number;
}

/** So that what a kit leaves that is killed can be told from backups. */
const label = "engine-check";
const token = 1;
const round = 1;

/** Runs `work` with a committed piece, which is deleted then. */
async function withPiece<Result>(check: Check, work: (agent: Agent, taken: Taken) => Promise<Result>): Promise<Result> {
  const { agent, engine } = check.subject.newAgent();
  const run = { backupId: backupIdOf(new Date(), label), token };
  try {
    await agent.open(noSignal);
    return await work(agent, await takePiece(check, agent, run));
  } finally {
    await agent.abort({ ...run, round });
    await agent.deletePiece(run);
    await agent.close();
    await engine.close();
  }
}

/** Under load: somebody writes until the stop. */
async function takePiece({ subject, pace }: Check, agent: Agent, run: Taken["run"]): Promise<Taken> {
  const ref = { ...run, round };
  const { waitMs, holdMs } = askFor({ holdMs: pace.longHoldMs });
  await theEndOf(agent.prepare(run, noSignal));
  const { result: countAtCut, acknowledged } = await whileWriting(subject.probe, async () => {
    await subject.probe.write(); // the writer has begun to
    await agent.lock({ ...ref, waitMs, holdMs, abortBlockers: false }, noSignal);
    const count = await subject.probe.count();
    await agent.snapshot(ref, false);
    return count;
  });
  const dump = Buffer.from("{}");
  await agent.storeDump(ref, dump, sha256(dump));
  const facts = { label, createdAt: new Date(), serverIds: [subject.serverId], planRevision: 0 };
  await theEndOf(agent.seal(ref, { ...facts, potentiallyInconsistent: false }, noSignal));
  await agent.commit(run);
  return { run, countAtCut, acknowledged };
}

async function isWhole(agent: Agent, backupId: string) {
  const { meta, problems } = await theEndOf(agent.verify(backupId, noSignal));
  if (problems.length > 0) throw new Broken(problems.join("; "));
  return meta;
}

/** Whatever is found, the server has its own data again at the end. */
async function isRestored({ subject, pace }: Check, agent: Agent, { run, countAtCut }: Taken): Promise<Finding> {
  const { probe, serverId } = subject;
  await probe.write();
  const before = await probe.count();
  const request = { ...run, pieceServerId: serverId, dryRun: false, ignoreVersion: false };
  let restored: number;
  try {
    await theEndOf(agent.stageRestore(request, noSignal));
    await agent.flipRestore(run, noSignal);
    await agent.startRestored(run, false, noSignal);
    restored = await countSoon(probe, pace.graceMs);
  } finally {
    if (await agent.undoRestore(run, noSignal)) await agent.startRestored(run, true, noSignal);
  }
  const after = await countSoon(probe, pace.graceMs);
  if (restored !== countAtCut) throw new Broken(`at the cut there were ${countAtCut} writes, restored are ${restored}`);
  if (after !== before)
    throw new Broken(`there were ${before} writes before the restore and ${after} after its undoing`);
  return { found: `${restored} writes restored, as at the cut; ${after} after the undoing, as before` };
}

/** A server that was just started may not take clients at once. */
async function countSoon(probe: WriteProbe, withinMs: number): Promise<number> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe.count();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await pause(100);
    }
  }
}

async function theEndOf<Progress, Result>(work: AsyncGenerator<Progress, Result>): Promise<Result> {
  for (;;) {
    const step = await work.next();
    if (step.done) return step.value;
  }
}
