// Progress for people: not more often than they can read it.
import type { Clock } from "../runtime/clock.ts";

const everyMs = 250;

/** Passes on the first progress of each quarter of a second, and the result. */
export async function* throttled<Progress, Result>(
  work: AsyncGenerator<Progress, Result>,
  clock: Clock,
): AsyncGenerator<Progress, Result> {
  let nextAt = clock.now();
  try {
    for (;;) {
      const step = await work.next();
      if (step.done) return step.value;
      if (clock.now() < nextAt) continue;
      nextAt = clock.now() + everyMs;
      yield step.value;
    }
  } finally {
    await work.return(undefined as Result); // whoever stops listening ends the work; at its end this does nothing
  }
}
