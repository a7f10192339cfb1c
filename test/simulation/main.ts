// npm run simulate: the real core in a world of its own, every run decided by a seed.
//
//   -- --seed N                          one run, step by step
//   -- --seeds N [--from N] [--workers N]   many, with what they met
//   -- --mistakes                        finds each known mistake, and writes the table in docs/SIMULATION.md
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { expectedCoverage } from "./expected-coverage.ts";
import { type Found, findAll, tableOf } from "./find-mistakes.ts";
import { type Failure, runMany } from "./many-seeds.ts";
import { runSeed } from "./run-seed.ts";

const document = new URL("../../docs/SIMULATION.md", import.meta.url);
const begin = "<!-- mistakes: written by npm run simulate -- --mistakes -->";
const end = "<!-- end of mistakes -->";
/** A shorter run need not meet everything. */
const longRun = 2000;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    mistakes: { type: "boolean", default: false },
  },
});

if (values.mistakes) process.exitCode = await findMistakes();
else if (values.seed !== undefined) process.exitCode = await showSeed(Number(values.seed));
else process.exitCode = await runSeeds(Number(values.seeds), Number(values.from), Number(values.workers));

async function showSeed(seed: number): Promise<number> {
  const { violation, steps, virtualMs } = await runSeed({ seed, onTrace: (line) => console.log(line) });
  console.log(`seed ${seed}: ${steps} steps in ${Math.round(virtualMs)} ms of its world`);
  console.log(violation === undefined ? "all invariants hold" : `VIOLATED: ${violation.message}`);
  return violation === undefined ? 0 : 1;
}

async function runSeeds(seeds: number, from: number, workers: number): Promise<number> {
  const coverage = new Coverage();
  const failures: Failure[] = [];
  const startedAt = performance.now();
  let done = 0;
  await runMany({ from, seeds, workers }, (batch) => {
    done += batch.seeds;
    coverage.add(batch.coverage);
    for (const failure of batch.failures) tell(failure);
    failures.push(...batch.failures);
    const rate = done / ((performance.now() - startedAt) / 1000);
    console.error(`${done} of ${seeds} seeds, ${rate.toFixed(1)} a second, ${failures.length} failed`);
  });
  for (const [what, times] of [...coverage.counts].sort()) console.log(`${String(times).padStart(9)}  ${what}`);
  const missing = seeds < longRun ? [] : coverage.missing(expectedCoverage);
  for (const what of missing) console.log(`NEVER MET: ${what}`);
  console.log(`${seeds} seeds, ${failures.length} failed, ${missing.length} never met`);
  return failures.length + missing.length === 0 ? 0 : 1;
}

function tell({ seed, message }: Failure): void {
  console.log(`seed ${seed}: VIOLATED: ${message}\n  to see it step by step: npm run simulate -- --seed ${seed}`);
}

async function findMistakes(): Promise<number> {
  const found: Found[] = [];
  for await (const each of findAll()) {
    found.push(each);
    console.log(
      `${each.mistake.name}: ${each.by === undefined ? "NOT FOUND" : `seed ${each.by.seed}: ${each.by.invariant}`}`,
    );
  }
  const text = readFileSync(document, "utf8");
  const [before = "", rest = ""] = text.split(begin);
  const [, after = ""] = rest.split(end);
  writeFileSync(document, `${before}${begin}\n${tableOf(found)}\n${end}${after}`);
  return found.every(({ by }) => by !== undefined) ? 0 : 1;
}
