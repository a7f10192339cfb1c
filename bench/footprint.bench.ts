// What an agent and a coordinator cost the machine that they are on: time to start, memory, processor, and what a backup takes
// away from the database beside it. Both are processes as a user starts them.
import { type Benchmark, type Goal, limitGoal, type Plot, type Row } from "./benchmark.ts";
import { type Footprint, measureRunning } from "./footprint/running.ts";
import { type Beside, maxBytesPerSecond, measureBeside, type Way } from "./footprint/seal-beside.ts";
import { measureStarts } from "./footprint/starts.ts";
import { summaryOf } from "./statistics.ts";

const starts = 7;
const idleMs = 20_000;
const backups = 100;
const besides = 3;

const benchmark: Benchmark = {
  title: "what an agent and a coordinator cost: start, memory, processor",
  run: async (tell) => {
    tell(`${starts} starts of each`);
    const started = await measureStarts(starts);
    tell(`idle for three times ${idleMs / 1000} s, then ${backups} backups`);
    const running = await measureRunning(idleMs, backups);
    const beside = await measureBeside(besides, tell);
    const rows = [...startRows(started), ...runningRows(running), ...besideRows(beside)];
    return { rows, goals: goalsOf(rows), plot: plotOf(running) };
  },
};

export default benchmark;

const what = {
  start: "start to SERVING",
  processor: "processor, idle",
  idle: "memory, idle",
  during: `memory, during ${backups} backups`,
  after: `memory, after ${backups} backups`,
  writes: "the database's writes meanwhile",
  sealing: "processor of the agent meanwhile",
  read: "read by the agent",
  busiest: "read by the agent, busiest second",
};

const limitMb = maxBytesPerSecond / 1e6;
const wayName: Record<Way, string> = {
  "no backup": "no backup",
  "no limit": "backup of 1 GiB",
  limit: `backup of 1 GiB, at most ${limitMb} MB/s`,
};

function rowOf(measured: string, of: string, unit: string, values: number[]): Row {
  const { median, max } = summaryOf(values);
  return { what: measured, of, median, max, unit, times: values.length };
}

function startRows(started: Map<string, number[]>): Row[] {
  return [...started].map(([of, ms]) => rowOf(what.start, of, "ms", ms));
}

function runningRows(running: Footprint[]): Row[] {
  return [
    ...running.map(({ of, processors }) =>
      rowOf(
        what.processor,
        of,
        "% of one",
        processors.map((each) => 100 * each),
      ),
    ),
    ...running.map(({ of, idleMiB }) => rowOf(what.idle, of, "MiB RSS", [idleMiB])),
    ...running.map(({ of, duringMiB }) => rowOf(what.during, of, "MiB RSS", duringMiB)),
    ...running.map(({ of, afterMiB }) => rowOf(what.after, of, "MiB RSS", [afterMiB])),
  ];
}

function besideRows(beside: Record<Way, Beside[]>): Row[] {
  const rows = (measured: string, unit: string, value: (each: Beside) => number) =>
    Object.entries(beside).map(([way, each]) => rowOf(measured, wayName[way as Way], unit, each.map(value)));
  return [
    ...rows(what.writes, "per s", ({ writesPerS }) => writesPerS),
    ...rows(what.sealing, "% of one", ({ processors }) => 100 * processors),
    ...rows(what.read, "MB/s", ({ readMbPerS }) => readMbPerS),
    ...rows(what.busiest, "MB/s", ({ busiestMbPerS }) => busiestMbPerS),
  ];
}

function goalsOf(rows: Row[]): Goal[] {
  const of = (measured: string, who: string, column = "median") =>
    Number(rows.find((row) => row.what === measured && row.of === who)?.[column]);
  const busiest = of(what.busiest, wayName.limit, "max") / limitMb;
  return [
    limitGoal("agent: start to SERVING", 500, of(what.start, "agent"), " ms"),
    limitGoal("agent: memory, idle", 100, of(what.idle, "agent"), " MiB"),
    limitGoal(`agent: memory, after ${backups} backups`, 100, of(what.after, "agent"), " MiB"),
    limitGoal("agent: processor, idle", 0.2, of(what.processor, "agent"), " %"),
    limitGoal("seal.maxBytesPerSecond holds, busiest second of all", 1.05, busiest, "× the limit"),
  ];
}

function plotOf(running: Footprint[]): Plot {
  return {
    title: "Memory while backups are taken, ten of which are kept",
    x: { title: "backups" },
    y: { title: "MiB RSS" },
    series: running.map(({ of, idleMiB, duringMiB }) => ({
      name: of,
      points: [idleMiB, ...duringMiB].map((y, x) => ({ x, y })),
    })),
  };
}
