// What a benchmark leaves: bench/results/NAME.json and NAME.svg; and the README's table, made from all of these files.
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { basename } from "node:path";
import type { Goal, Outcome, Row } from "./benchmark.ts";
import { svgOf } from "./plot.ts";

export interface Result {
  name: string;
  title: string;
  machine: Row;
  rows: Row[];
  goals: Goal[];
}

const folder = new URL("results/", import.meta.url);
const readme = new URL("../README.md", import.meta.url);
const begin = "<!-- bench: written by npm run bench -->";
const end = "<!-- end of bench -->";

export function writeResult(name: string, title: string, { plot, ...measured }: Outcome): Result {
  const result: Result = { name, title, machine: machine(), ...measured };
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(new URL(`${name}.svg`, folder), svgOf(plot));
  return result;
}

export function writeReadme(): void {
  const [before, rest = ""] = readFileSync(readme, "utf8").split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`README.md has no "${begin}" with an "${end}" after it`);
  writeFileSync(readme, `${before}${begin}\n${goalsTable(readResults())}\n${end}${after}`);
}

function readResults(): Result[] {
  const names = globSync("*.json", { cwd: folder }).map((file) => basename(file, ".json"));
  return names.sort().map((name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as Result);
}

function goalsTable(results: Result[]): string {
  const rows = results.flatMap(({ name, goals }) =>
    goals.map((goal) => {
      const link = `[${name}](bench/results/${name}.svg)`;
      return `| ${link} | ${goal.name} | ${goal.target} | ${goal.measured} | ${goal.met ? "yes" : "**no**"} |`;
    }),
  );
  return ["| benchmark | goal | target | measured | met |", "|---|---|---|---|---|", ...rows].join("\n");
}

function machine(): Row {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}
