// What a restore changes in the Plan, saved so that whoever comes next can finish it or take it back. Only what still is as
// the other side has it is written: all else somebody has changed since. Pure.
import type { Plan, PlanChange, SavedPlanChange } from "./agency/agency.ts";
import type { KeyAndValue } from "./plan.ts";

export function savedOf({ entries }: Plan, { put, remove }: PlanChange): SavedPlanChange {
  const changed = new Set([...put.map(({ key }) => key), ...remove]);
  const before = entries.filter(({ key }) => changed.has(key)).map(({ key, value }) => ({ key, value }));
  return { before, after: put };
}

/** What brings the Plan from one side of a saved change to the other, as far as it is not there. */
export function changeTowards(side: "before" | "after", saved: SavedPlanChange, now: Plan): PlanChange {
  const [from, to] = side === "after" ? [saved.before, saved.after] : [saved.after, saved.before];
  const [current, left, wanted] = [valuesOf(now.entries), valuesOf(from), valuesOf(to)];
  const isLeft = (key: string) => isSame(current.get(key), left.get(key)) && !isSame(current.get(key), wanted.get(key));
  const remove = from.map(({ key }) => key).filter((key) => !wanted.has(key) && isLeft(key));
  return { put: to.filter(({ key }) => isLeft(key)), remove };
}

function valuesOf(entries: readonly KeyAndValue[]): Map<string, Buffer> {
  return new Map(entries.map(({ key, value }) => [key, value]));
}

function isSame(left: Buffer | undefined, right: Buffer | undefined): boolean {
  return left === undefined || right === undefined ? left === right : left.equals(right);
}
