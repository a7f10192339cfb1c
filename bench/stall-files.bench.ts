// How long one server's writes stand still, by how many files it has. Time under the lock: from the answer of Lock until writes
// go on. A writer adds and drops 20 tables a second meanwhile.
import { type Benchmark, type Goal, limitGoal, type Plot, type Row, shareGoal } from "./benchmark.ts";
import { BenchedServer, copyByLinks, linkEverything } from "./stall-files/server.ts";
import { summaryOf } from "./statistics.ts";

const sizes = [100, 1_000, 10_000, 100_000];
const times = 15;
const timesOfMany = 5;

const ways: Record<string, (server: BenchedServer) => Promise<number>> = {
  ours: (server) => server.cut(),
  "link everything": (server) => server.underLock(linkEverything),
  "cp -al": (server) => server.underLock(copyByLinks),
  "stop and resume": (server) => server.stopAndResume(),
};

const benchmark: Benchmark = {
  title: "time under the lock by the number of files, ms, with a writer that adds and drops tables",
  run: async (tell) => {
    const rows: Row[] = [];
    for (const files of sizes) {
      tell(`${files} files`);
      rows.push(...(await measure(files)));
    }
    return { rows, goals: goalsOf(rows), plot: plotOf(rows) };
  },
};

export default benchmark;

async function measure(files: number): Promise<Row[]> {
  await using server = await BenchedServer.open(files);
  const measured = Object.entries(ways).map(([way, work]) => ({ way, work, ms: [] as number[] }));
  for (let time = 0; time < (files > 10_000 ? timesOfMany : times); time++) {
    for (const { work, ms } of measured) ms.push(await work(server));
  }
  const floor = summaryOf(measured.at(-1)?.ms ?? []).median;
  return measured.map(({ way, ms }) => {
    const { median, p99, max } = summaryOf(ms);
    return { files, way, medianMs: median, p99Ms: p99, maxMs: max, aboveFloorMs: median - floor };
  });
}

function goalsOf(rows: Row[]): Goal[] {
  const of = (files: number, way: string, column = "medianMs") =>
    Number(rows.find((row) => row.files === files && row.way === way)?.[column]);
  const growth = of(100_000, "ours") / of(100, "ours");
  return [
    limitGoal("above the floor, 10,000 files", 2, of(10_000, "ours", "aboveFloorMs"), " ms"),
    shareGoal("of linking everything, 10,000 files", 1 / 50, of(10_000, "ours") / of(10_000, "link everything")),
    limitGoal("growth from 100 to 100,000 files", 3, growth, "×"),
  ];
}

function plotOf(rows: Row[]): Plot {
  return {
    title: "Time under the lock, by the number of files",
    x: { title: "files", isLog: true },
    y: { title: "ms, median", isLog: true },
    series: Object.keys(ways).map((name) => ({
      name,
      points: rows.filter(({ way }) => way === name).map((row) => ({ x: Number(row.files), y: Number(row.medianMs) })),
    })),
  };
}
