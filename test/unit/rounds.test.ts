// The wait of each round, as a pure sequence.
import fc from "fast-check";
import { expect, it } from "vitest";
import { waits } from "../../coordinator/rounds.ts";

function first(count: number, policy: { firstWaitMs: number; maxWaitMs: number }, random: () => number): number[] {
  const sequence = waits(policy, random);
  return Array.from({ length: count }, () => sequence.next().value);
}

const policies = fc.record({
  firstWaitMs: fc.integer({ min: 1, max: 3_600_000 }),
  maxWaitMs: fc.integer({ min: 1, max: 3_600_000 }),
});
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it("the wait starts short and doubles up to the longest", () => {
  const policy = { firstWaitMs: 250, maxWaitMs: 15_000 };
  expect(first(9, policy, () => 0)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

it("jitter takes up to a tenth away, and never makes a wait longer than the longest", () => {
  fc.assert(
    fc.property(policies, fc.array(chance, { minLength: 1, maxLength: 30 }), (policy, chances) => {
      const without = first(chances.length, policy, () => 0);
      const left = chances.values();
      for (const [index, wait] of first(chances.length, policy, () => left.next().value ?? 0).entries()) {
        const full = without[index] ?? Number.NaN;
        expect(wait).toBeLessThanOrEqual(Math.min(full, policy.maxWaitMs));
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full * 0.9));
      }
    }),
  );
});

it("clusters that began together do not go on together, not even at the longest wait", () => {
  const policy = { firstWaitMs: 15_000, maxWaitMs: 15_000 };
  const [one, other] = [0.2, 0.8].map((random) => first(3, policy, () => random));
  expect(one).toEqual([14_700, 14_700, 14_700]);
  expect(other).toEqual([13_800, 13_800, 13_800]);
});

it("a wait is a whole number of milliseconds, and never 0", () => {
  fc.assert(
    fc.property(policies, chance, (policy, random) => {
      for (const wait of first(20, policy, () => random)) {
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThan(0);
      }
    }),
  );
});

it("the first wait is not longer than the longest one either", () => {
  expect(first(2, { firstWaitMs: 60_000, maxWaitMs: 100 }, () => 0)).toEqual([100, 100]);
});
