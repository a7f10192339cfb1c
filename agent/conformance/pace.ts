// How long this server's writes and reads take, and by that how long the kit has to watch and to wait.
import { Broken, type Pace } from "./case.ts";
import type { WriteProbe } from "./probe.ts";

const tries = 3;
const shortestWatchMs = 300;
const graceMs = 5_000;
const shortestLongHoldMs = 15_000;

/** @throws Broken, if the writes are not counted */
export async function measurePace(probe: WriteProbe): Promise<{ pace: Pace; found: string }> {
  const before = await probe.count();
  const writeMs = await slowestOf(() => probe.write());
  const countMs = await slowestOf(() => probe.count());
  const counted = (await probe.count()) - before;
  if (counted < tries) throw new Broken(`${tries} writes were acknowledged and ${counted} counted`);
  const found = `${tries} writes, the slowest took ${Math.round(writeMs)} ms`;
  return { pace: paceFor(writeMs, countMs), found: counted > tries ? `${found}; others write, too` : found };
}

function paceFor(writeMs: number, countMs: number): Pace {
  const watchMs = Math.max(shortestWatchMs, 2 * writeMs);
  const holdMs = inSeconds(2_000 + watchMs + 3 * countMs);
  return { watchMs, holdMs, longHoldMs: Math.max(shortestLongHoldMs, 3 * holdMs), graceMs: graceMs + 4 * writeMs };
}

/** Some servers' own time-outs have whole seconds only. */
function inSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

async function slowestOf(work: () => Promise<unknown>): Promise<number> {
  let slowestMs = 0;
  for (let done = 0; done < tries; done++) {
    const beganAt = performance.now();
    await work();
    slowestMs = Math.max(slowestMs, performance.now() - beganAt);
  }
  return slowestMs;
}
