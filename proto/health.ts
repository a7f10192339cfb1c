// Keeps what grpc.health.v1 says true: SERVING means that the service could do its work now, not just that the process lives.
// Whoever would end a process that hangs asks for the service "live", which is SERVING as long as anything answers.
import { setTimeout as pause } from "node:timers/promises";
import type { HealthImplementation } from "grpc-health-check";
import { messageOf } from "./errors.ts";

/** Why the service cannot do its work now; undefined if it can. What it throws is a reason too. */
export type Check = (signal: AbortSignal) => Promise<string | undefined>;

export interface HealthOptions {
  /** The service's full name; the answer is the same for the server as a whole. */
  name: string;
  check: Check;
  /** Told at the start and at each change. */
  onChange: (problem: string | undefined) => void;
}

/** Each look takes some 2 ms of a processor, all day; what is mended is to be seen soon. */
const everyMs = { well: 2000, ill: 1000 };
const withinMs = 2000;

/** Asks again and again until `stop` aborts, then says NOT_SERVING. Never throws. */
export async function keepHealth(
  health: HealthImplementation,
  { name, check, onChange }: HealthOptions,
  stop: AbortSignal,
): Promise<void> {
  const say = (serving: boolean) => {
    for (const service of ["", name]) health.setStatus(service, serving ? "SERVING" : "NOT_SERVING");
  };
  let last: string | undefined | null = null;
  while (!stop.aborted) {
    const problem = await check(AbortSignal.any([stop, AbortSignal.timeout(withinMs)])).catch(messageOf);
    if (stop.aborted) break;
    say(problem === undefined);
    if (problem !== last) onChange(problem);
    last = problem;
    await pause(problem === undefined ? everyMs.well : everyMs.ill, undefined, { signal: stop }).catch(() => {}); // the loop ends by the signal
  }
  say(false);
}
