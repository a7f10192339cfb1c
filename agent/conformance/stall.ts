// How long writes are blocked by a stop and its resume, with nothing in between: the least that a backup costs.
import { setTimeout as pause } from "node:timers/promises";
import { askFor, Broken, type Case, type Check, noSignal } from "./case.ts";
import { whileWriting } from "./writer.ts";

export const stallCase: Case = {
  name: "stall",
  says: "stops and resumes, one after the other while somebody writes, are all unbroken",
  run: async (check) => {
    const stall = await measureStall(check);
    return { found: `${stall.stops} stops`, stall };
  },
};

/** Durations in milliseconds, from the request of a stop to the answer of its resume. */
export interface Stall {
  stops: number;
  medianMs: number;
  p90Ms: number;
  maxMs: number;
  /** As the server measured it; 0 if it cannot, or no write was blocked. */
  longestBlockedWriteMs: number;
}

/** Writers get as long between two stops as they were blocked, and this at least. */
const shortestWindowMs = 20;

/** @throws Broken, if one of the stops was not unbroken */
async function measureStall({ subject, pace, stops }: Check): Promise<Stall> {
  const engine = subject.newEngine();
  try {
    let longestBlockedWriteMs = 0;
    const { result: stalls } = await whileWriting(subject.probe, async () => {
      const measured: number[] = [];
      for (let number = 1; number <= stops; number++) {
        const askedAt = performance.now();
        const stopped = await engine.stopWrites(askFor({ holdMs: pace.longHoldMs }), noSignal);
        const resumed = await stopped.resume();
        const stallMs = performance.now() - askedAt;
        if (!resumed.unbroken) throw new Broken(`stop ${number} of ${stops} was broken`);
        measured.push(stallMs);
        longestBlockedWriteMs = Math.max(longestBlockedWriteMs, resumed.longestBlockedWriteMs);
        await pause(Math.max(stallMs, shortestWindowMs));
      }
      return measured.sort((one, other) => one - other);
    });
    return { stops, ...figuresOf(stalls), longestBlockedWriteMs };
  } finally {
    await engine.close();
  }
}

function figuresOf(sorted: readonly number[]): Pick<Stall, "medianMs" | "p90Ms" | "maxMs"> {
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { medianMs: at(0.5), p90Ms: at(0.9), maxMs: at(1) };
}
