// Which invariant finds each known mistake, and with which seed; and the table of it that docs/SIMULATION.md shows.
import { type Mistake, mistakes } from "./mistakes.ts";
import { runSeed } from "./run-seed.ts";

export interface Found {
  mistake: Mistake;
  /** Undefined if it was not found within its limit. */
  by: { seed: number; invariant: string } | undefined;
}

/** Seeds from 1 on, until one finds it. */
export async function findMistake(mistake: Mistake): Promise<Found> {
  for (let seed = 1; seed <= mistake.withinSeeds; seed++) {
    const { violation } = await runSeed({ seed, wiring: mistake.wiring() });
    if (violation !== undefined) return { mistake, by: { seed, invariant: violation.invariant } };
  }
  return { mistake, by: undefined };
}

export async function* findAll(): AsyncGenerator<Found> {
  for (const mistake of mistakes) yield await findMistake(mistake);
}

export function tableOf(found: readonly Found[]): string {
  const rows = found.map(({ mistake: { name, withinSeeds }, by }) =>
    [name, by?.invariant ?? "**not found**", by?.seed ?? "–", withinSeeds].join(" | "),
  );
  return [
    "| mistake | the invariant that finds it | first seed | must be found within |",
    "|---|---|---|---|",
    ...rows.map((row) => `| ${row} |`),
  ].join("\n");
}
