// How long writes stand still, by how many servers there are. The floor is what any coordinator needs that waits for all servers
// between lock and cut: two calls to each, by the same library over the same channels. All agents and the coordinator share the
// machine's cores, so that the floor grows with the number too: what counts is the ratio.
import { type Benchmark, type Goal, limitGoal, type Plot, type Row, shareGoal } from "./benchmark.ts";
import type { HostedServer } from "./servers/agents-process.ts";
import { BenchedCluster, type Stalls } from "./servers/cluster.ts";
import { summaryOf } from "./statistics.ts";

const sizes = [1, 3, 8, 16, 32, 64, 128];
const times = 15;
const timesBesideSlow = 5;
/** Not counted: what runs for the first times is compiled meanwhile. */
const warmUps = 2;

const ours = "ours";
const nothingToLink = "ours, nothing to link";
const floor = "two calls to each";

const slowOf = 16;
const slowByMs = 200;
const slowId = serverId(0);
const early = `ours, beside one slow by ${slowByMs} ms`;
const heldToTheEnd = "held to the end, beside that one";

const benchmark: Benchmark = {
  title: "how long each server's writes are blocked (stall), and the cluster's (span), by the number of servers, ms",
  run: async (tell) => {
    const rows: Row[] = [];
    for (const servers of sizes) {
      tell(`${servers} servers`);
      rows.push(...(await measure(servers)));
    }
    tell(`${slowOf} servers, one of them slow`);
    rows.push(...(await measureBesideSlow(floorOf(rows, slowOf))));
    return { rows, goals: goalsOf(rows), plot: plotOf(rows) };
  },
};

export default benchmark;

/** All ways in turn. */
async function measure(servers: number): Promise<Row[]> {
  await using linking = await BenchedCluster.open(hosted(servers, "links"));
  await using idle = await BenchedCluster.open(hosted(servers, "none"));
  const measured = { ours: [] as Stalls[], nothingToLink: [] as Stalls[], floor: [] as number[] };
  for (let time = -warmUps; time < times; time++) {
    if (time === 0) for (const each of Object.values(measured)) each.length = 0;
    measured.ours.push(await linking.releasedEarly());
    measured.floor.push(await linking.twoCalls());
    measured.nothingToLink.push(await idle.releasedEarly());
    measured.floor.push(await idle.twoCalls());
  }
  const floorMs = summaryOf(measured.floor).median;
  return [
    stallRow(servers, ours, measured.ours, floorMs),
    stallRow(servers, nothingToLink, measured.nothingToLink, floorMs),
    rowOf(servers, floor, measured.floor, measured.floor, floorMs),
  ];
}

/** What the others pay for a slow one. */
async function measureBesideSlow(floorMs: number): Promise<Row[]> {
  const [slow, ...others] = hosted(slowOf, "links");
  await using cluster = await BenchedCluster.open([{ ...(slow as HostedServer), slowByMs }, ...others]);
  const measured = { early: [] as Stalls[], heldToTheEnd: [] as Stalls[] };
  for (let time = -warmUps; time < timesBesideSlow; time++) {
    if (time === 0) for (const each of Object.values(measured)) each.length = 0;
    measured.early.push(await cluster.releasedEarly());
    measured.heldToTheEnd.push(await cluster.heldToTheEnd());
  }
  return [
    stallRow(slowOf, early, measured.early, floorMs, slowId),
    stallRow(slowOf, heldToTheEnd, measured.heldToTheEnd, floorMs, slowId),
  ];
}

function hosted(servers: number, cut: HostedServer["cut"]): HostedServer[] {
  return Array.from({ length: servers }, (_, number) => ({ id: serverId(number), cut, slowByMs: 0 }));
}

function serverId(number: number): string {
  return `db${number}`;
}

function stallRow(servers: number, way: string, measured: Stalls[], floorMs: number, without?: string): Row {
  const stalls = measured.flatMap(({ byServer }) => [...byServer].flatMap(([id, ms]) => (id === without ? [] : ms)));
  return rowOf(
    servers,
    way,
    stalls,
    measured.map(({ spanMs }) => spanMs),
    floorMs,
  );
}

function rowOf(servers: number, way: string, stallsMs: number[], spansMs: number[], floorMs: number): Row {
  const { median, p99, max } = summaryOf(stallsMs);
  const spanMs = summaryOf(spansMs).median;
  return { servers, way, medianMs: median, p99Ms: p99, maxMs: max, spanMs, ofFloor: median / floorMs };
}

function of(rows: Row[], servers: number, way: string, column: string): number {
  return Number(rows.find((row) => row.servers === servers && row.way === way)?.[column]);
}

function floorOf(rows: Row[], servers: number): number {
  return of(rows, servers, floor, "medianMs");
}

function goalsOf(rows: Row[]): Goal[] {
  const worst = (way: string) => Math.max(...sizes.map((servers) => of(rows, servers, way, "ofFloor")));
  const span = (servers: number) => of(rows, servers, ours, "spanMs");
  const beside = (way: string) => of(rows, slowOf, way, "medianMs");
  return [
    limitGoal(
      "stall against two bare calls to each server, worst size, nothing to link",
      1.5,
      worst(nothingToLink),
      "×",
    ),
    limitGoal("the same with all servers' files linked by the same two cores", 1.5, worst(ours), "×"),
    limitGoal("span of 128 servers against 16 (linear: 8×)", 10, span(128) / span(16), "×"),
    shareGoal(
      `stall beside a server that is slow by ${slowByMs} ms, of all held to the end`,
      1 / 4,
      beside(early) / beside(heldToTheEnd),
    ),
  ];
}

function plotOf(rows: Row[]): Plot {
  const points = (way: string, column: string) =>
    rows.filter((row) => row.way === way).map((row) => ({ x: Number(row.servers), y: Number(row[column]) }));
  return {
    title: "Stall and span, by the number of servers",
    x: { title: "servers", isLog: true },
    y: { title: "ms, median", isLog: true },
    series: [
      { name: ours, points: points(ours, "medianMs") },
      { name: `${ours}: span`, points: points(ours, "spanMs") },
      ...[nothingToLink, floor, early, heldToTheEnd].map((name) => ({ name, points: points(name, "medianMs") })),
    ],
  };
}
