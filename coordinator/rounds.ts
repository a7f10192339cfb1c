// How long each round may wait: short at first, then longer. Pure: the time that is left clips it where it is used.

export interface WaitPolicy {
  firstWaitMs: number;
  maxWaitMs: number;
}

export interface StallPolicy {
  /** Longest time from the last lock to the cut; part of every hold. */
  holdMs: number;
  /** Longest time that one server's writes may be blocked in one round; 0 is no limit. */
  maxStallMs: number;
}

/** The share of maxStallMs that is kept for the cut. */
const cutShare = 0.25;

/**
 * With maxStallMs a server's wait and hold together never exceed it, so that the agents themselves keep the promise. The hold
 * of who is locked first is the whole wait and the cut, hence two waits.
 */
export function roundLimits(wait: number, { holdMs, maxStallMs }: StallPolicy): { waitMs: number; cutMs: number } {
  const stallMs = maxStallMs === 0 ? Number.POSITIVE_INFINITY : maxStallMs;
  const cutMs = Math.min(holdMs, stallMs * cutShare);
  return { waitMs: Math.max(0, Math.floor(Math.min(wait, (stallMs - cutMs) / 2))), cutMs };
}

/** Waits are shortened by up to a tenth, so that clusters that began together do not go on together. */
const jitter = 0.1;

/** The share of the time-out that a cheap round may take. */
const cheapShare = 0.05;

export function cheapWait({ maxWaitMs }: WaitPolicy, timeoutMs: number): number {
  return Math.min(maxWaitMs, timeoutMs * cheapShare);
}

/** Endless: firstWaitMs, doubled each time up to maxWaitMs, each with jitter, in whole milliseconds. */
export function* waits({ firstWaitMs, maxWaitMs }: WaitPolicy, random: () => number): Generator<number, never> {
  for (let wait = Math.min(firstWaitMs, maxWaitMs); ; wait = Math.min(wait * 2, maxWaitMs)) {
    yield Math.max(1, Math.round(wait * (1 - jitter * random())));
  }
}
