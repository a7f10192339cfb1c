// Faults at each step of a restore.
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest";
import { SmallDisk } from "../support/small-disk.ts";
import { diskFull } from "./disk-faults.ts";
import { FaultCluster, type FaultClusterOptions } from "./fault-cluster.ts";
import { agentFaults, coordinatorFaults, etcdFaults, serverFaults } from "./faults.ts";
import { allCells } from "./report.ts";
import { runRestoreCell } from "./restore-cell.ts";
import { restoreSteps } from "./steps.ts";

const faults = [...coordinatorFaults, ...agentFaults, ...serverFaults, ...etcdFaults];
const everyNth = 5;

let cluster: FaultCluster | undefined;
let id = "";

async function close(): Promise<void> {
  await cluster?.close();
  cluster = undefined;
}

/** What a cell that failed leaves must not spoil the next. */
afterEach(({ task }) => (task.result?.state === "fail" ? close() : undefined));
afterAll(close);

async function clusterWithBackup(options: FaultClusterOptions = {}): Promise<FaultCluster> {
  if (cluster !== undefined) return cluster;
  cluster = await FaultCluster.start(options);
  ({ id } = await cluster.victim.create());
  return cluster;
}

for (const [row, fault] of faults.entries()) {
  const columns = restoreSteps.filter((_, column) => allCells || (column + row) % everyNth === 0);
  describe(fault.row, () => {
    test.for(columns)("at step %s of a restore", { timeout: 120_000 }, async (step, { task }) => {
      const cell = await runRestoreCell(await clusterWithBackup(), id, fault, step);
      task.meta.cell = cell;
      expect(cell.broken).toEqual([]);
    });
  });
}

test.skipIf(!SmallDisk.isPossible())("disk full at restore", async ({ task }) => {
  await close();
  const disk = await SmallDisk.mount(128);
  onTestFinished(async () => {
    await close();
    await disk.remove();
  });
  const small = await clusterWithBackup({ dataDirs: { db1: join(disk.path, "db1") } });
  const cell = await runRestoreCell(small, id, diskFull(disk), "claimed");
  task.meta.cell = { ...cell, table: "files", column: "restore" };
  expect(cell.broken).toEqual([]);
});
