// How long each round may wait: short at first, then longer. Pure: the time that is left clips it where it is used.

export interface WaitPolicy {
  firstWaitMs: number;
  maxWaitMs: number;
}

/** Waits are shortened by up to a tenth, so that clusters that began together do not go on together. */
const jitter = 0.1;

/** Endless: firstWaitMs, doubled each time up to maxWaitMs, each with jitter, in whole milliseconds. */
export function* waits({ firstWaitMs, maxWaitMs }: WaitPolicy, random: () => number): Generator<number, never> {
  for (let wait = Math.min(firstWaitMs, maxWaitMs); ; wait = Math.min(wait * 2, maxWaitMs)) {
    yield Math.max(1, Math.round(wait * (1 - jitter * random())));
  }
}
