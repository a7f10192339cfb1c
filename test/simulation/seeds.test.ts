// Enough seeds for every push. A night's run does many more: npm run simulate -- --seeds 100000 --workers 2.
import { expect, it } from "vitest";
import { Coverage } from "./coverage.ts";
import { expectedFaults } from "./expected-coverage.ts";
import { type Failure, runMany } from "./many-seeds.ts";

const seeds = 2000;
/** It takes a minute or two; longer only where many others use the cores too. */
const withinMs = 900_000;

it(`keeps every invariant in ${seeds} worlds, and meets every kind of fault`, { timeout: withinMs }, async () => {
  const coverage = new Coverage();
  const failures: Failure[] = [];
  await runMany({ from: 1, seeds, workers: 2 }, (batch) => {
    coverage.add(batch.coverage);
    failures.push(...batch.failures);
  });
  const told = failures.map(({ seed, message }) => `npm run simulate -- --seed ${seed}   # ${message}`);
  expect(told).toEqual([]);
  expect(coverage.missing(expectedFaults)).toEqual([]);
});
