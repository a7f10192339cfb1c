// Declares rows of the matrix as tests, each over a cluster of its own under load.
//
// `npm run faults` runs all cells; else each row runs at every fifth step, another one for each row, so that every row and
// every step has its turn.
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { runCell } from "./cell.ts";
import { allFaults, type Fault } from "./faults.ts";
import { LoadedCluster } from "./loaded-cluster.ts";
import { allCells } from "./report.ts";
import { steps } from "./steps.ts";

const everyNth = 5;
/** Ten processes may have to start, too. */
const atMost = { timeout: 120_000 };

export function rowsOf(faults: readonly Fault[]): void {
  for (const fault of faults) {
    const columns = steps.filter((_, column) => allCells || (column + allFaults.indexOf(fault)) % everyNth === 0);
    describe(fault.row, () => rowOf(fault, columns));
  }
}

function rowOf(fault: Fault, columns: string[]): void {
  let world: LoadedCluster | undefined;

  const close = async () => {
    await world?.close();
    world = undefined;
  };
  /** What a cell that failed leaves must not spoil the next. */
  afterEach(({ task }) => (task.result?.state === "fail" ? close() : undefined));
  afterAll(close);

  test.for(columns)("at step %s", atMost, async (step, { task }) => {
    world ??= await LoadedCluster.start();
    const cell = await runCell(world, fault, step);
    task.meta.cell = cell;
    expect(cell.broken).toEqual([]);
  });
}
