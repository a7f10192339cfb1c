// What a stop must do, and its resume.
import { StillpointError } from "../../proto/errors.ts";
import type { Engine, StoppedWrites } from "../engines/engine.ts";
import { blockedWrite, writesGo } from "./attempt.ts";
import { askFor, Broken, type Case, type Check, type Finding, isNoticed, noSignal, withStop } from "./case.ts";

export const stopCases: readonly Case[] = [
  {
    name: "stop",
    says: "no write ends between a stop and its resume, and reads go on",
    run: (check) =>
      withStop(check, async (stopped) => {
        const write = await blockedWrite(check.subject.probe, check.pace.watchMs);
        await stopped.resume();
        const how = write.outcome === "refused" ? `was refused (${write.problem})` : "waited";
        return { found: `a write ${how}, the count stayed as it was` };
      }),
  },
  {
    name: "resume",
    says: "a resume lets writes go, and says that the stop was unbroken",
    run: (check) => withStop(check, (stopped) => resumed(check, stopped)),
  },
  {
    name: "second-stop",
    says: "a second stop is refused while the first one holds, which stays held",
    run: (check) =>
      withStop(check, async (stopped, engine) => {
        const same = await refusal(engine, "the same agent");
        const other = check.subject.newEngine();
        const another = await refusal(other, "another agent").finally(() => other.close());
        await resumed(check, stopped);
        return { found: `with ${same}, and with ${another} for another agent` };
      }),
  },
  {
    name: "hold",
    says: "a hold ends by itself at its time, not before, and its loss is noticed",
    run: holdEnds,
  },
];

/** What resume says is true, and writes go on. */
async function resumed({ subject, pace }: Check, stopped: StoppedWrites): Promise<Finding> {
  const write = await blockedWrite(subject.probe, pace.watchMs);
  const { unbroken } = await stopped.resume();
  const resumedAt = performance.now();
  const wentAt = await writesGo(subject.probe, write, resumedAt + pace.graceMs);
  if (!unbroken) throw new Broken("the resume says that the stop was broken, and nothing has broken it");
  return { found: `the write that waited went on after ${Math.max(0, Math.round(wentAt - resumedAt))} ms` };
}

/** The reason of the error with which it is refused. */
async function refusal(engine: Engine, who: string): Promise<string> {
  const error = await engine.stopWrites(askFor({ holdMs: 1_000, waitMs: 200 }), noSignal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StillpointError) return error.reason;
  throw error ?? new Broken(`a second stop, by ${who}, was not refused`);
}

async function holdEnds({ subject, pace }: Check): Promise<Finding> {
  const engine = subject.newEngine();
  try {
    const askedAt = performance.now();
    const stopped = await engine.stopWrites(askFor({ holdMs: pace.holdMs }), noSignal);
    const heldAt = performance.now();
    const write = await blockedWrite(subject.probe, pace.watchMs);
    const wentAt = await writesGo(subject.probe, write, heldAt + pace.holdMs + pace.graceMs);
    const heldMs = Math.round(wentAt - heldAt);
    if (wentAt < askedAt + pace.holdMs - 1) {
      throw new Broken(`writes went on ${heldMs} ms after the stop, before the ${pace.holdMs} ms of the hold`);
    }
    if (!(await isNoticed(stopped, pace.graceMs)))
      throw new Broken("the hold ended by itself, and the loss was not told");
    if ((await stopped.resume()).unbroken) throw new Broken("the hold ended by itself, and yet resume says unbroken");
    return { found: `asked for ${pace.holdMs} ms, a write went on after ${heldMs} ms` };
  } finally {
    await engine.close();
  }
}
