// What the clients of a cluster notice of its backups: throughput and the time that writes take, with a backup every 5 s and
// without, in turn.
//
// Servers, agents, coordinator and clients share this machine's processors. Clients that write as fast as it goes take all of
// them, so that whatever else happens is time that they lose: no server is run like that. So the goals are for clients with
// time to think, at some 60 % of what the machine can do; the other is shown beside it.
import { type Benchmark, type Goal, leastGoal, limitGoal, type Plot, type Row } from "./benchmark.ts";
import { summaryOf } from "./statistics.ts";
import { LoadedCluster, type Window } from "./under-load/loaded-cluster.ts";

const everyMs = 5000;
const windowMs = 20_000;
const times = 3;
const saturatedTimes = 1;
const warmUpMs = 5000;
const shareOfCapacity = 0.6;

const benchmark: Benchmark = {
  title: "throughput, and the time that a client waits for a write, of a ledger cluster with and without backups",
  run: async (tell) => {
    await using cluster = await LoadedCluster.open();
    tell("warm up");
    await cluster.startLoad(0);
    await cluster.window(warmUpMs, { everyMs });
    const capacity = perS(await cluster.window(warmUpMs, undefined));
    tell(`as fast as it goes: ${Math.round(capacity)} writes per s`);
    const saturated = await compare(cluster, saturatedTimes);
    tell(`at ${100 * shareOfCapacity} % of that`);
    await cluster.startLoad(cluster.thinkingMs(shareOfCapacity * capacity));
    await cluster.window(warmUpMs, { everyMs });
    const usual = await compare(cluster, times);
    const measured = { [`${100 * shareOfCapacity} % load`]: usual, saturated };
    return { rows: rowsOf(measured), goals: goalsOf(usual), plot: plotOf(measured) };
  },
};

export default benchmark;

interface Compared {
  without: Window;
  with: Window;
}

/** In turn, and each as often first as the other, so that what changes with time counts for both. */
async function compare(cluster: LoadedCluster, pairs: number): Promise<Compared> {
  const without: Window[] = [];
  const withBackups: Window[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const one = async () => void without.push(await cluster.window(windowMs, undefined));
    const other = async () => void withBackups.push(await cluster.window(windowMs, { everyMs }));
    for (const measure of pair % 2 === 0 ? [one, other] : [other, one]) await measure();
  }
  return { without: sumOf(without), with: sumOf(withBackups) };
}

function sumOf(windows: Window[]): Window {
  return {
    durationMs: windows.reduce((sum, { durationMs }) => sum + durationMs, 0),
    writesMs: windows.flatMap(({ writesMs }) => writesMs),
    stallsMs: windows.flatMap(({ stallsMs }) => stallsMs),
    backups: windows.reduce((sum, { backups }) => sum + backups, 0),
  };
}

function perS({ writesMs, durationMs }: Window): number {
  return writesMs.length / (durationMs / 1000);
}

function rowsOf(measured: Record<string, Compared>): Row[] {
  return Object.entries(measured).flatMap(([load, { without, with: withBackups }]) => [
    rowOf(`${load}, no backups`, without),
    rowOf(`${load}, a backup every ${everyMs / 1000} s`, withBackups),
  ]);
}

function rowOf(way: string, window: Window): Row {
  const { median, p99, max } = summaryOf(window.writesMs);
  const stall = summaryOf(window.backups > 0 ? window.stallsMs : [0]);
  return {
    ...{ way, writesPerS: perS(window), p50Ms: median, p99Ms: p99, maxMs: max },
    ...{ backups: window.backups, stallMedianMs: stall.median, stallMaxMs: stall.max },
  };
}

function goalsOf({ without, with: withBackups }: Compared): Goal[] {
  const { p99 } = summaryOf(without.writesMs);
  const stall = summaryOf(withBackups.stallsMs).max;
  const longest = summaryOf(withBackups.writesMs).max;
  return [
    leastGoal("throughput with backups", 97, (100 * perS(withBackups)) / perS(without), " %"),
    limitGoal("longest client write, above the longest stall", 2, (longest - stall) / p99, "× its normal p99"),
  ];
}

/** Of all writes, how long the slowest in ten, in a hundred and so on took. */
function plotOf(measured: Record<string, Compared>): Plot {
  const oneIn = [2, 10, 100, 1_000, 10_000];
  const series = Object.entries(measured).flatMap(([load, compared]) =>
    Object.entries(compared).map(([way, { writesMs }]: [string, Window]) => {
      const sorted = writesMs.toSorted((left, right) => right - left);
      const known = oneIn.filter((count) => count <= sorted.length);
      const points = known.map((count) => ({ x: count, y: sorted[Math.floor(sorted.length / count)] as number }));
      return { name: `${load}, ${way} backups`, points };
    }),
  );
  return {
    title: "How long the slowest of so many writes takes",
    x: { title: "one of so many writes takes that long or longer", isLog: true },
    y: { title: "ms", isLog: true },
    series,
  };
}
