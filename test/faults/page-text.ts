// docs/FAULTS.md: what is promised, and the tables of what came out.
import { claimTtlMs } from "./fault-cluster.ts";
import { allFaults } from "./faults.ts";
import { faultMs, promisedStallMs, slackMs } from "./limits.ts";
import type { Cell } from "./report.ts";
import { fileColumns, restoreSteps, steps } from "./steps.ts";

export interface RunFacts {
  /** Names of the tests that failed. */
  failed: string[];
  minutes: number;
  day: string;
  machine: string;
}

export function pageText(cells: readonly Cell[], { failed, minutes, day, machine }: RunFacts): string {
  const of = (table: Cell["table"]) => cells.filter((cell) => cell.table === table);
  const held = cells.filter(({ broken }) => broken.length === 0).length;
  const worst = Math.max(...cells.map(({ stallMs = 0 }) => stallMs));
  return `# What goes wrong, and what happens then

Each cell of this page is a fault that was done to a cluster of real processes: three database servers (\`examples/ledger/\`) under transfers
that touch two of them each, their agents, two coordinators, and an etcd of three members. \`npm run faults\` does them all and writes this
page. \`npm test\` does those of every row and every column at least once, and fails where a promise does not hold.

| cells | promises held | longest that a write stood still | run |
|---|---|---|---|
| ${cells.length} | ${held === cells.length && failed.length === 0 ? "in all" : `in ${held}`} | ${milliseconds(worst)} | ${day}, ${minutes} min, ${machine} |

${failed.map((name) => `* **failed:** ${name}\n`).join("")}
## At each step of a backup

The backup runs until the step and stands still at that very point of the algorithm; the fault happens; the backup goes on. The fault is mended
when the run has ended, but at the latest after ${seconds(faultMs)}: longer than the claim's lease, which is ${seconds(claimTtlMs)} here. What is sent over a link that is cut
arrives late, when it is whole again. While a coordinator is paused or cut off from etcd, the other one's backup comes *before* the fault is mended.

Promised, and looked at in each cell:

1. The run ends as \`complete\`, or with a reason that names the fault; never as \`internal\`. A backup that was reported is there.
2. No write stands still for longer than ${milliseconds(promisedStallMs)}, a round's wait and the hold (the client and a busy machine have ${milliseconds(slackMs)} on top). A client of
   each server measures it. A database server that is hit itself stands still for that, too: its own time is not in the cell.
3. When the fault is mended, the next backup is complete, **of another coordinator**.
4. Nothing is left then: no staging directory, no trash, no claim and no job in the agency, no PARTIAL backup. Every backup that is listed is
   COMPLETE and has the right checksums; a copy of its pieces, opened by the database, has every transfer on both its servers or on neither.

✓ all four held; then how the run ended, and the longest that a write stood still.

${table(of("backup"), steps)}

## Disks and directories

One server's data and backups are on a small file system. The same is promised. What stands in the way from the start is refused before a single
write is blocked; what a server's directory holds is in the backup, and back after a restore.

${table(of("files"), [...Object.keys(fileColumns), "restore", "backup and restore"])}

## At each step of a restore

Promised: when the fault is mended and another coordinator's backup is complete, **all servers work on the backup's data, or all on what they had**;
a restore that was reported is there; the servers agree on every transfer, though clients wrote all the time; nothing is left of the restore.

${table(of("restore"), restoreSteps)}

## Crowds

| what | what came out |
|---|---|
${of("crowd")
  .map(({ row, outcome }) => `| ${row} | ✓ ${outcome} |`)
  .join("\n")}
`;
}

/** Rows of the known faults come first, in their order. */
function table(cells: readonly Cell[], columns: readonly string[]): string {
  const place = ({ row }: Cell) => allFaults.findIndex((fault) => fault.row === row) + 1 || Number.POSITIVE_INFINITY;
  const sorted = cells.toSorted((left, right) => (place(left) === place(right) ? 0 : place(left) - place(right)));
  const lines = [...Map.groupBy(sorted, ({ row }) => row)].map(([row, all]) => {
    const each = columns.map((column) => cellText(all.find((cell) => cell.column === column)));
    return `| ${row} | ${each.join(" | ")} |`;
  });
  return [`| fault | ${columns.join(" | ")} |`, `|---|${columns.map(() => "---|").join("")}`, ...lines].join("\n");
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "";
  const { outcome, stallMs, broken } = cell;
  const stall = stallMs === undefined ? "" : `, ${milliseconds(stallMs)}`;
  return broken.length === 0 ? `✓ ${outcome}${stall}` : `✗ **${broken.join("; ")}**`;
}

function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : seconds(ms);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
