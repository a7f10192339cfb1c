// Asks again until the answer is there; fails with a sentence when the time is over.
import { setTimeout as pause } from "node:timers/promises";

type Maybe<Value> = Value | undefined | false;

export async function eventually<Value>(
  ask: () => Maybe<Value> | Promise<Maybe<Value>>,
  withinMs: number,
  otherwise: string,
): Promise<Value> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > until) throw new Error(otherwise);
    await pause(25);
  }
}
