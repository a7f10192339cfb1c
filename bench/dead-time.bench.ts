// Dead time: what the search for a moment at which all servers are held costs their writers. The real strategy
// (coordinator/lock-cluster.ts) and its rivals, on a virtual clock against 16 simulated servers.
import { type Benchmark, type Goal, leastGoal, limitGoal, type Plot, type Row, shareGoal } from "./benchmark.ts";
import { forReal, measureForReal } from "./dead-time/for-real.ts";
import { type Measured, measure } from "./dead-time/measure.ts";
import { modelSystem, ours, plainExponential, type Strategy } from "./dead-time/strategies.ts";
import { type Workload, workloads } from "./dead-time/workloads.ts";
import { summaryOf } from "./statistics.ts";

const strategies = [modelSystem, plainExponential, ours()];
const byPatience = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((patience) =>
  ours(`patience ${patience}`, { patience }),
);
const traded = workloads.filter(({ isTraded }) => isTraded === true);
const frontierRuns = 1000;
/** Successes are compared over so many runs: a failure in a thousand is none there. All runs have theirs in the rows. */
const successRuns = 60;
const timesForReal = 5;

const benchmark: Benchmark = {
  title: "dead time of all strategies on 16 servers, a time-out of 2 min, by what is open on them (virtual clock)",
  run: async (tell) => {
    const compared: Row[] = [];
    for (const workload of workloads) {
      tell(workload.name);
      compared.push(...(await compare(workload, strategies, workload.runs)));
    }
    tell(forReal);
    const real = await measureForReal(strategies, timesForReal);
    compared.push(...strategies.map(({ name }, index) => rowOf(forReal, name, real[index] ?? [])));
    const frontier: Row[] = [];
    for (const workload of traded) {
      tell(`${workload.name}, by patience`);
      frontier.push(...(await compare(workload, byPatience, frontierRuns)));
    }
    const rows = [...compared, ...frontier].map((row) => ({ ...row, ofModel: ofModel(row, compared) }));
    return { rows, goals: goalsOf(compared), plot: plotOf(compared, frontier) };
  },
};

export default benchmark;

/** Each seed with every strategy, in turn. */
async function compare(workload: Workload, rivals: Strategy[], runs: number): Promise<Row[]> {
  const measured = rivals.map((): Measured[] => []);
  for (let seed = 1; seed <= runs; seed++) {
    for (const [index, strategy] of rivals.entries()) measured[index]?.push(await measure(workload, strategy, seed));
  }
  return rivals.map(({ name }, index) => rowOf(workload.name, name, measured[index] ?? []));
}

function rowOf(workload: string, strategy: string, measured: Measured[]): Row {
  const seconds = (value: (each: Measured) => number) => summaryOf(measured.map((each) => value(each) / 1000));
  const deadTime = seconds(({ deadTimeMs }) => deadTimeMs);
  return {
    workload,
    strategy,
    deadTimeS: deadTime.mean,
    medianS: deadTime.median,
    p99S: deadTime.p99,
    maxS: deadTime.max,
    longestWriteS: seconds(({ longestMs }) => longestMs).max,
    timeS: seconds(({ timeMs }) => timeMs).mean,
    succeededAtFirst: successesOf(measured.slice(0, successRuns)),
    succeeded: successesOf(measured),
    runs: measured.length,
  };
}

function successesOf(measured: Measured[]): number {
  return measured.filter(({ succeeded }) => succeeded).length;
}

/** Its dead time, or another cost, against the model system's with the same open transactions. */
function ofModel(row: Row | undefined, rows: Row[], column = "deadTimeS"): number {
  const model = rows.find(({ workload, strategy }) => workload === row?.workload && strategy === modelSystem.name);
  return Number(row?.[column]) / Number(model?.[column]);
}

function goalsOf(rows: Row[]): Goal[] {
  const names = [...workloads.map(({ name }) => name), forReal];
  const [one = "", busy = "", rare = "", often = ""] = names;
  const rowFor = (name: string, of = "ours") =>
    rows.find(({ workload, strategy }) => workload === name && strategy === of);
  const ratio = (workload: string, column = "deadTimeS") => ofModel(rowFor(workload), rows, column);
  const successes = (workload: string) => {
    const [theirs, own] = [modelSystem.name, "ours"].map((of) => Number(rowFor(workload, of)?.succeededAtFirst));
    return leastGoal(`successes in ${successRuns} runs: ${workload}`, theirs as number, own as number);
  };
  return [
    shareGoal(`dead time: ${one}`, 1 / 50, ratio(one)),
    shareGoal(`dead time: ${busy}`, 1 / 12, ratio(busy)),
    limitGoal(`time to the backup: ${one}`, 1.1, ratio(one, "timeS"), "×"),
    limitGoal(`time to the backup: ${busy}`, 1.1, ratio(busy, "timeS"), "×"),
    shareGoal(`dead time: ${rare}`, 1 / 8, ratio(rare)),
    successes(rare),
    shareGoal(`dead time: ${often}`, 1 / 3, ratio(often)),
    successes(often),
    limitGoal("dead time: the worst case of all", 1, Math.max(...names.map((name) => ratio(name))), "×"),
  ];
}

function plotOf(compared: Row[], frontier: Row[]): Plot {
  const points = (rows: Row[], workload: Workload) =>
    rows
      .filter((row) => row.workload === workload.name)
      .map((row) => ({ x: Number(row.timeS), y: Number(row.deadTimeS), label: String(row.strategy) }));
  const rivals = compared.filter((row) => row.strategy !== "ours");
  return {
    title: "Dead time against time to the backup, by patience (default 0.7)",
    x: { title: "time to the backup, s (mean)" },
    y: { title: "dead time, server-seconds (mean)" },
    series: [
      ...traded.map((workload) => ({ name: `ours: ${workload.name}`, points: points(frontier, workload) })),
      ...traded.map((workload) => ({ name: `rivals: ${workload.name}`, points: points(rivals, workload) })),
    ],
  };
}
