// What an agent and a coordinator take while they wait for work, and what they keep of the memory that backups needed.
import { setTimeout as pause } from "node:timers/promises";
import { SmallCluster } from "./small-cluster.ts";
import { startHealthServer } from "./starts.ts";

export interface Footprint {
  of: string;
  /** While idle, in each of several times: 1 is a whole processor. */
  processors: number[];
  idleMiB: number;
  /** After each backup. */
  duringMiB: number[];
  /** A while after the last backup. */
  afterMiB: number;
}

/** Backups that are kept; older ones are deleted, as a user does. */
const kept = 10;
/** Ten seconds after the last work, V8 collects the garbage that it left: that is not idleness. */
const settleMs = 15_000;

/** A collection of garbage in one of them is not idleness. */
const idleTimes = 3;

/** Of the agent, the coordinator, and a gRPC server alone, which sees no backup. */
export async function measureRunning(idleMs: number, backups: number): Promise<Footprint[]> {
  await using cluster = await SmallCluster.open();
  await using agent = await cluster.startAgent();
  await using coordinator = await cluster.startCoordinator();
  await using bare = await startHealthServer();
  await cluster.applyPlan();
  await pause(settleMs);
  const processes = Object.entries({ agent, coordinator, "a gRPC server alone": bare });
  const processors = processes.map((): number[] => []);
  for (let time = 0; time < idleTimes; time++) {
    const before = processes.map(([, { cpuMs }]) => cpuMs);
    await pause(idleMs);
    for (const [index, [, { cpuMs }]] of processes.entries()) {
      processors[index]?.push((cpuMs - (before[index] as number)) / idleMs);
    }
  }
  const idleMiB = processes.map(([, { rssMiB }]) => rssMiB);
  const duringMiB = processes.map((): number[] => []);
  await takeBackups(cluster, backups, () => {
    for (const [index, [, { rssMiB }]] of processes.entries()) duringMiB[index]?.push(rssMiB);
  });
  await pause(settleMs);
  return processes.map(([of, { rssMiB }], index) => ({
    of,
    processors: processors[index] as number[],
    idleMiB: idleMiB[index] as number,
    duringMiB: duringMiB[index] as number[],
    afterMiB: rssMiB,
  }));
}

async function takeBackups(cluster: SmallCluster, backups: number, afterEach: () => void): Promise<void> {
  const ids: string[] = [];
  for (let done = 0; done < backups; done++) {
    ids.push(await cluster.backUp());
    if (ids.length > kept) await cluster.client.deleteBackup(ids.shift() as string);
    afterEach();
  }
}
