// What a test tells of its cell of the matrix, and how it gets to the page: vitest carries it from the test to the reporter.

export interface Cell {
  table: "backup" | "files" | "restore" | "crowd";
  row: string;
  column: string;
  /** What came out: "complete", the reason of the run's error, or a few words. */
  outcome: string;
  /** The longest that one write stood still, in milliseconds; absent where that is not what is promised. */
  stallMs?: number;
  /** What was promised and did not hold, one sentence each. */
  broken: string[];
}

declare module "vitest" {
  interface TaskMeta {
    cell?: Cell;
  }
}

/** Set by `npm run faults`: all cells, not just those of every test run. */
export const allCells = process.env.STILLPOINT_FAULTS === "all";
