// What a restore saves of the Plan leads there and back again, and touches nothing that somebody else has changed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan, PlanChange } from "../../coordinator/agency/agency.ts";
import { changeBetween } from "../../coordinator/plan.ts";
import { changeTowards, savedOf } from "../../coordinator/saved-plan.ts";

const values = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2", "3"));

function planOf(entries: Record<string, string>): Plan {
  const sorted = Object.entries(entries).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return { revision: 1, entries: sorted.map(([key, value]) => ({ key, value: Buffer.from(value), modRevision: 1 })) };
}

function applied(entries: Record<string, string>, { put, remove }: PlanChange): Record<string, string> {
  const kept = Object.entries(entries).filter(([key]) => !remove.includes(key));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(put.map(({ key, value }) => [key, value.toString()])) };
}

describe("a saved change of the Plan", () => {
  it("leads from what was to what is wanted and back, from wherever it was interrupted", () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 0, max: 8 }), (before, after, done) => {
        const change = changeBetween(planOf(before), planOf(after).entries);
        const saved = savedOf(planOf(before), change);
        const part = {
          put: change.put.slice(0, done),
          remove: change.remove.slice(0, Math.max(0, done - change.put.length)),
        };
        const now = applied(before, part);
        expect(applied(now, changeTowards("after", saved, planOf(now)))).toEqual(after);
        expect(applied(now, changeTowards("before", saved, planOf(now)))).toEqual(before);
      }),
    );
  });

  it("leaves alone what is neither as it was nor as it is wanted, and what it does not name", () => {
    fc.assert(
      fc.property(values, values, values, (before, after, now) => {
        const saved = savedOf(planOf(before), changeBetween(planOf(before), planOf(after).entries));
        const then = applied(now, changeTowards("after", saved, planOf(now)));
        const back = applied(now, changeTowards("before", saved, planOf(now)));
        for (const key of ["a", "b", "c", "d"]) {
          expect(then[key]).toBe(now[key] === before[key] ? after[key] : now[key]);
          expect(back[key]).toBe(now[key] === after[key] ? before[key] : now[key]);
        }
      }),
    );
  });
});
