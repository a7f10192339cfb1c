// What a database has left of its throughput while a backup of much data is prepared and sealed beside it, and how fast the agent reads
// then. Clients write to the database as fast as it goes, on all processors: it has nothing to give away.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Load, startLoad } from "../../examples/ledger/load.ts";
import type { MeasuredProcess } from "./measured-process.ts";
import { SmallCluster } from "./small-cluster.ts";

export interface Beside {
  writesPerS: number;
  /** Of the agent: 1 is one processor. */
  processors: number;
  /** What the agent read, in 10⁶ bytes per second: from the beginning of the backup to its end, and in the busiest second. */
  readMbPerS: number;
  busiestMbPerS: number;
}

export type Way = "no backup" | "no limit" | "limit";
export const maxBytesPerSecond = 100_000_000;
const dataBytes = 2 ** 30;
const files = 16;
const clients = 8;
const warmUpMs = 1000;
const quietMs = 8000;
const lookEveryMs = 100;
const looksPerS = 1000 / lookEveryMs;

/** All ways in turn, so many times. */
export async function measureBeside(times: number, tell: (line: string) => void): Promise<Record<Way, Beside[]>> {
  await using cluster = await SmallCluster.open();
  await using _coordinator = await cluster.startCoordinator();
  await cluster.applyPlan();
  addTables(cluster.dataDir);
  const measured: Record<Way, Beside[]> = { "no backup": [], "no limit": [], limit: [] };
  for (let time = 0; time < times; time++) {
    for (const [way, results] of Object.entries(measured) as [Way, Beside[]][]) {
      tell(`seal beside a database: ${way}`);
      results.push(await measureOnce(cluster, way));
    }
  }
  return measured;
}

/** Old tables of the database. */
function addTables(dataDir: string): void {
  const content = Buffer.alloc(dataBytes / files, "table");
  mkdirSync(join(dataDir, "old"));
  for (let number = 1; number <= files; number++) writeFileSync(join(dataDir, "old", `00000${number}.ldb`), content);
}

async function measureOnce(cluster: SmallCluster, way: Way): Promise<Beside> {
  await using agent = await cluster.startAgent(way === "limit" ? { seal: { maxBytesPerSecond } } : {});
  const load = await startLoad({ servers: [{ id: "db1", address: cluster.address }], workers: clients, seed: 1 });
  try {
    await pause(warmUpMs);
    if (way === "no backup") return await measureDuring(pause(quietMs), agent, load);
    const backingUp = cluster.backUp();
    const measured = await measureDuring(backingUp, agent, load);
    await cluster.client.deleteBackup(await backingUp);
    return measured;
  } finally {
    await load.stop();
  }
}

async function measureDuring(work: Promise<unknown>, agent: MeasuredProcess, load: Load): Promise<Beside> {
  const looks = [lookAt(agent, load)];
  const isOver = work.then(() => true);
  while (!(await Promise.race([isOver, pause(lookEveryMs, false)]))) looks.push(lookAt(agent, load));
  looks.push(lookAt(agent, load));
  const rates = (of: (look: Look) => number, apart: number) =>
    looks.slice(apart).map((look, index) => {
      const earlier = looks[index] as Look;
      return (of(look) - of(earlier)) / (look.atMs - earlier.atMs);
    });
  const overAll = (of: (look: Look) => number) => rates(of, looks.length - 1)[0] as number;
  return {
    writesPerS: 1000 * overAll(({ writes }) => writes),
    processors: overAll(({ cpuMs }) => cpuMs),
    readMbPerS: overAll(({ readBytes }) => readBytes) / 1000,
    busiestMbPerS: Math.max(...rates(({ readBytes }) => readBytes, Math.min(looksPerS, looks.length - 1))) / 1000,
  };
}

interface Look {
  atMs: number;
  writes: number;
  cpuMs: number;
  readBytes: number;
}

function lookAt({ cpuMs, readBytes }: MeasuredProcess, load: Load): Look {
  return { atMs: performance.now(), writes: load.report().transfers, cpuMs, readBytes };
}
