// Time as a value that is passed in: the core never asks the system itself, so that tests and simulations own the clock.
import { setTimeout as pause } from "node:timers/promises";

export interface Clock {
  /** Milliseconds on a clock that never jumps. Only differences mean anything, and only within one process. */
  now(): number;
  /** What the calendar says, for people. */
  date(): Date;
  /** Resolves `true` after `ms`, or `false` as soon as the signal aborts. Never throws. */
  sleep(ms: number, signal: AbortSignal): Promise<boolean>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms, signal) =>
    pause(ms, true, { signal }).catch((error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    }),
};

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
