// npm run bench: measures, and writes bench/results/ and the README's table.
//
//   npm run bench              every benchmark
//   npm run bench -- NAME…     those only
import { globSync } from "node:fs";
import { parseArgs } from "node:util";
import { plain } from "../cli/output.ts";
import { table } from "../cli/table.ts";
import { type Benchmark, type Goal, type Row, rounded } from "./benchmark.ts";
import { writeReadme, writeResult } from "./result-files.ts";

const ending = ".bench.ts";
const known = globSync(`*${ending}`, { cwd: import.meta.dirname })
  .map((file) => file.slice(0, -ending.length))
  .sort();

const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`there is no benchmark "${unknown.join('", "')}"\nhint: there are ${known.join(", ")}`);
  process.exitCode = 2;
} else {
  for (const name of positionals.length > 0 ? positionals : known) await measure(name);
  writeReadme();
}

async function measure(name: string): Promise<void> {
  const { default: benchmark } = (await import(`./${name}${ending}`)) as { default: Benchmark };
  console.log(`${name}: ${benchmark.title}\n`);
  const outcome = await benchmark.run((line) => console.error(`  ${line}`));
  const { rows, goals } = writeResult(name, benchmark.title, outcome);
  console.log(`${rowsText(rows)}\n\n${goalsText(goals)}\n\nbench/results/${name}.json, ${name}.svg\n`);
}

function rowsText(rows: Row[]): string {
  const titles = Object.keys(rows[0] ?? {});
  const columns = titles.map((title) =>
    rows.every((row) => typeof row[title] === "string") ? title : { right: title },
  );
  const shown = (value: string | number = "") => (typeof value === "number" ? String(rounded(value)) : value);
  return table(
    columns,
    rows.map((row) => titles.map((title) => shown(row[title]))),
    plain,
  );
}

function goalsText(goals: Goal[]): string {
  const rows = goals.map(({ name, target, measured, met }) => [name, target, measured, met ? "met" : "NOT MET"]);
  return table(["goal", "target", "measured", ""], rows, plain);
}
