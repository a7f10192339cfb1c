// One cell of the matrix: a backup that meets a fault at a step, and whether what is promised held: it ended as it may;
// writes stood still no longer than promised; nothing is left; every backup that is listed is whole.
import { backupProblems, deleteBackups, type Ended } from "./checks.ts";
import type { Fault } from "./faults.ts";
import { leftOvers } from "./left-overs.ts";
import { faultMs, promisedStallMs, slackMs } from "./limits.ts";
import type { LoadedCluster } from "./loaded-cluster.ts";
import type { Cell } from "./report.ts";
import { suffer } from "./suffer.ts";

export async function runCell({ cluster, writers }: LoadedCluster, fault: Fault, step: string): Promise<Cell> {
  writers.reset();
  const { ended, next } = await suffer(cluster, fault, step, () => cluster.victim.create());
  const stalls = writers.longestMs();
  const broken = [
    ...outcomeProblems(fault, ended),
    ...stallProblems(fault, stalls),
    ...(await leftOvers(cluster)).map((name) => `left behind: ${name}`),
    ...(await backupProblems(cluster, ended.id === undefined ? [next] : [next, ended.id])),
  ];
  await deleteBackups(cluster);
  const stallMs = Math.max(...[...stalls].filter(([id]) => id !== fault.hitsServer).map(([, ms]) => ms));
  return { table: "backup", row: fault.row, column: step, outcome: ended.outcome, stallMs, broken };
}

export function outcomeProblems({ mayEnd }: Pick<Fault, "mayEnd">, { outcome, message }: Ended): string[] {
  return mayEnd.includes(outcome) ? [] : [`the run ended as ${outcome}: ${message}`];
}

function stallProblems({ hitsServer }: Fault, stalls: Map<string, number>): string[] {
  return [...stalls]
    .filter(([id, ms]) => ms > promisedStallMs + slackMs + (id === hitsServer ? faultMs : 0))
    .map(([id, ms]) => `writes of ${id} stood still for ${Math.round(ms)} ms`);
}
