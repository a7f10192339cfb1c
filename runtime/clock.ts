// Time as a value that is passed in: the core never asks the system itself, so that tests and simulations own the clock.
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
  sleep,
};

/** Without an error that is made and caught for each sleep that ends early: most do, and some under the lock. */
function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (ranOut: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
      resolve(ranOut);
    };
    const interrupt = () => end(false);
    const timer = setTimeout(end, ms, true);
    signal.addEventListener("abort", interrupt);
  });
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
