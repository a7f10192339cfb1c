// Writes sections of the Plan: what is not named in a section goes, other sections stay as they are.
import { changeBetween, type KeyAndValue, serversOf } from "./plan.ts";
import type { Ports } from "./ports.ts";

export interface AppliedPlan {
  revision: number;
  written: string[];
  removed: string[];
}

/** @throws StillpointError plan-changed; invalid or topology, if the Plan would not name the servers rightly */
export async function applyPlan(wanted: KeyAndValue[], { agency }: Ports, signal: AbortSignal): Promise<AppliedPlan> {
  const plan = await agency.readPlan(signal);
  const sections = new Set(wanted.map(({ key }) => sectionOf(key)));
  const entries = [...plan.entries.filter(({ key }) => !sections.has(sectionOf(key))), ...wanted];
  serversOf({ entries }); // refused here, not at night when a backup reads it
  const change = changeBetween(plan, entries);
  const revision = await agency.changePlan(plan, change, signal);
  return { revision, written: change.put.map(({ key }) => key), removed: change.remove };
}

function sectionOf(key: string): string {
  return key.split("/", 1)[0] ?? key;
}
