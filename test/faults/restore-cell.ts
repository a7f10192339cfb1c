// One cell of the restore's table: a fault at a step of a restore under load, and whether what is promised held: when the
// fault is mended and another coordinator's backup has been made, all servers work on the backup's data, or all on what they
// had; every transfer is on both its servers or on neither; and nothing is left.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { backupsDirectory } from "../../agent/piece-store.ts";
import { checkLedger } from "../../examples/ledger/check.ts";
import { outcomeProblems } from "./cell.ts";
import { backupProblems, deleteBackups, type Ended } from "./checks.ts";
import type { FaultCluster } from "./fault-cluster.ts";
import type { Fault } from "./faults.ts";
import { leftOvers } from "./left-overs.ts";
import { transfersOn } from "./loaded-cluster.ts";
import type { Cell } from "./report.ts";
import { mark, settled, sides } from "./sides.ts";
import { suffer } from "./suffer.ts";

/** @param id of a backup that stays, from before all transfers of this cell */
export async function runRestoreCell(cluster: FaultCluster, id: string, fault: Fault, step: string): Promise<Cell> {
  const { servers } = cluster;
  const marks = await mark(servers);
  const load = await transfersOn(cluster);
  const { ended, next } = await suffer(cluster, fault, step, () => cluster.victim.restore(id)).finally(() =>
    load.stop(),
  );
  await settled(servers);
  const found = await sides(servers, marks);
  const broken = [
    ...outcomeProblems(fault, ended),
    ...sideProblems(ended, found),
    ...(await ledgerProblems(cluster)),
    ...(await leftOvers(cluster)).map((name) => `left behind: ${name}`),
    ...(await backupProblems(cluster, [id, next])),
  ];
  await deleteBackups(cluster, id);
  await Promise.all(
    servers.map(({ dataDir }) => rm(join(dataDir, backupsDirectory, ".failsafe"), { recursive: true, force: true })),
  );
  const outcome = `${ended.outcome}, all on ${[...new Set(found.values())].join(" and on ")}`;
  return { table: "restore", row: fault.row, column: step, outcome, broken };
}

function sideProblems({ outcome }: Ended, found: Map<string, string>): string[] {
  const each = [...found].map(([server, side]) => `${server} on ${side}`).join(", ");
  const different = new Set(found.values());
  if (different.size > 1) return [`servers work on different data: ${each}`];
  return outcome === "complete" && different.has("before") ? ["the restore was reported, and is not there"] : [];
}

async function ledgerProblems({ servers }: FaultCluster): Promise<string[]> {
  const { consistent, onOneSideOnly, total, expectedTotal } = await checkLedger(
    servers.map(({ address }) => ({ address })),
  );
  if (consistent) return [];
  return [`the servers disagree: ${onOneSideOnly.length} transfers on one side only, sum ${total} of ${expectedTotal}`];
}
