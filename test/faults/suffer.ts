// A run that meets a fault at a step.
//
//   1 the run goes on until the step and stands still there
//   2 the fault happens; the run goes on, unless its coordinator is hit
//   3 the fault is mended, when the run has ended or the claim's lease must be over
//   4 another coordinator's backup must succeed, then or before
import { setTimeout as pause } from "node:timers/promises";
import { createNext, type Ended, endOf } from "./checks.ts";
import type { FaultCluster } from "./fault-cluster.ts";
import type { Fault } from "./faults.ts";
import { faultMs } from "./limits.ts";

/** How the run ended, and the id of the other coordinator's backup. */
export interface Suffered {
  ended: Ended;
  next: string;
}

/** @param begin begins the run, by the victim */
export async function suffer(
  cluster: FaultCluster,
  fault: Fault,
  step: string,
  begin: () => Promise<{ id: string }>,
): Promise<Suffered> {
  const { victim } = cluster;
  const reached = victim.stopAt(step);
  const run = endOf(begin());
  await Promise.race([reached, run.then(({ message }) => neverReached(step, message))]);
  const mend = await fault.strike(cluster);
  if (!fault.hitsCoordinator) victim.goOn();
  const meanwhile = fault.nextMeanwhile ? await createNext(cluster) : undefined;
  if (meanwhile === undefined) await Promise.race([run, pause(faultMs)]);
  await mend();
  const ended = await run;
  return { ended, next: meanwhile ?? (await createNext(cluster)) };
}

function neverReached(step: string, message: string): never {
  throw new Error(`the run ended before step "${step}": ${message}`);
}
