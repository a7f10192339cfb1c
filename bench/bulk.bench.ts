// The slow work on much data: seal, verify, and the links of a restore, against the programs that one would use by hand. All read
// from the page cache, as after a backup.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { type Benchmark, type Goal, leastGoal, limitGoal, type Plot, type Row } from "./benchmark.ts";
import { type BulkData, BulkServer } from "./bulk/server.ts";
import { summaryOf } from "./statistics.ts";

const datasets: BulkData[] = [
  { name: "4 GiB in 64 files", files: 64, bytesPerFile: 64 * 2 ** 20, times: 5 },
  { name: "10,000 files of 4 KiB", files: 10_000, bytesPerFile: 4096, times: 15 },
];
const cores = availableParallelism();

const ways: Record<string, (server: BulkServer) => Promise<number>> = {
  seal: (server) => server.seal(),
  verify: (server) => server.verify(),
  [`sha256sum, ${cores} at a time`]: async ({ pieceData, files }) =>
    timed("sh", [
      "-c",
      'cd "$1" && ls -U | xargs -P "$2" -n "$3" sha256sum > /dev/null',
      "sh",
      pieceData,
      `${cores}`,
      `${Math.ceil(files / (4 * cores))}`,
    ]),
  "restore by links": (server) => server.stageByLinks(),
  "cp -al": async (server) => server.copied(["-al"]),
  "cp -al, made durable": async (server) => server.copied(["-al"], "durable"),
  "cp --reflink=auto": async (server) => server.copied(["-a", "--reflink=auto"]),
};
const sums = `sha256sum, ${cores} at a time`;

const benchmark: Benchmark = {
  title: "seal, verify and restore of much data, ms",
  run: async (tell) => {
    const rows: Row[] = [];
    for (const data of datasets) {
      tell(data.name);
      rows.push(...(await measure(data)));
    }
    return { rows, goals: goalsOf(rows), plot: plotOf(rows) };
  },
};

export default benchmark;

async function measure(data: BulkData): Promise<Row[]> {
  await using server = await BulkServer.open(data);
  const measured = Object.entries(ways).map(([way, work]) => ({ way, work, ms: [] as number[] }));
  for (let time = 0; time < data.times; time++) {
    for (const { work, ms } of measured) {
      server.settle();
      ms.push(await work(server));
    }
  }
  return measured.map(({ way, ms }) => {
    const { median, p99, max } = summaryOf(ms);
    const gibPerS = (data.files * data.bytesPerFile) / 2 ** 30 / (median / 1000);
    return { data: data.name, way, medianMs: median, p99Ms: p99, maxMs: max, gibPerS };
  });
}

function goalsOf(rows: Row[]): Goal[] {
  return datasets.flatMap(({ name }) => {
    const of = (way: string) => Number(rows.find((row) => row.data === name && row.way === way)?.medianMs);
    return [
      leastGoal(`seal of ${name}, against sha256sum`, 0.9, of(sums) / of("seal"), "×"),
      leastGoal(`verify of ${name}, against sha256sum`, 0.9, of(sums) / of("verify"), "×"),
      limitGoal(`restore of ${name}, against cp -al`, 1.5, of("restore by links") / of("cp -al"), "×"),
    ];
  });
}

function plotOf(rows: Row[]): Plot {
  const filesOf = (name: unknown) => datasets.find((data) => data.name === name)?.files ?? Number.NaN;
  return {
    title: `Much data: ${datasets.map(({ name }) => name).join(", and ")}`,
    x: { title: "files", isLog: true },
    y: { title: "ms, median", isLog: true },
    series: Object.keys(ways).map((name) => ({
      name,
      points: rows
        .filter(({ way }) => way === name)
        .map(({ data, medianMs }) => ({ x: filesOf(data), y: Number(medianMs) })),
    })),
  };
}

function timed(program: string, args: string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return performance.now() - begin;
}
