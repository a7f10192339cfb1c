// What must hold after every fault: the next backup succeeds, and every backup that is listed is whole.
import { join } from "node:path";
import { backupsDirectory } from "../../agent/piece-store.ts";
import { checkLedger } from "../../examples/ledger/check.ts";
import { hasReason, messageOf, StillpointError } from "../../proto/errors.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultCluster } from "./fault-cluster.ts";
import { nextWithinMs } from "./limits.ts";

/** How a run ended. */
export interface Ended {
  /** "complete", or the reason of its error. */
  outcome: string;
  message: string;
  /** Of the backup that was made. */
  id?: string;
}

/** How the run of a backup or a restore ends; never rejects. */
export async function endOf(run: Promise<{ id: string }>): Promise<Ended> {
  try {
    return { outcome: "complete", message: "", id: (await run).id };
  } catch (error) {
    return { outcome: error instanceof StillpointError ? error.reason : "internal", message: messageOf(error) };
  }
}

/** The id of the other coordinator's backup. A dead one's claim may have to end first; a busy machine may lose a lease. */
export async function createNext({ other }: FaultCluster): Promise<string> {
  let last = "it never ended";
  const create = async () => {
    try {
      const { id, state } = await other.create();
      if (state === "BACKUP_STATE_COMPLETE") return id;
      throw new Error(`the next backup is ${state}`);
    } catch (error) {
      last = messageOf(error);
      if (hasReason(error, "claim-taken", "claim-lost", "unreachable")) return undefined;
      throw error;
    }
  };
  try {
    return await eventually(create, nextWithinMs, "late");
  } catch (error) {
    throw new Error(`there was no next backup: ${last}`, { cause: error });
  }
}

/** Every backup that is listed must be whole; those that were reported must be listed. */
export async function backupProblems(cluster: FaultCluster, reported: readonly string[]): Promise<string[]> {
  const backups = await cluster.other.list();
  const missing = reported.filter((each) => !backups.some(({ id }) => id === each));
  const problems = missing.map((id) => `backup ${id} was reported, and is not there`);
  for (const { id, state, problems: reasons } of backups) {
    if (state === "BACKUP_STATE_COMPLETE") problems.push(...(await pieceProblems(cluster, id)));
    else problems.push(`backup ${id} is ${state}: ${reasons.join("; ")}`);
  }
  return problems;
}

async function pieceProblems({ other, servers }: FaultCluster, id: string): Promise<string[]> {
  if (!(await other.isValid(id))) return [`backup ${id} is not valid`];
  const pieces = servers.map(({ dataDir }) => ({ dataDir: join(dataDir, backupsDirectory, id, "data") }));
  const { consistent, onOneSideOnly } = await checkLedger(pieces); // it opens copies
  return consistent ? [] : [`backup ${id} has ${onOneSideOnly.length} transfers on one side only`];
}

export async function deleteBackups({ other }: FaultCluster, keep = ""): Promise<void> {
  for (const { id } of await other.list()) if (id !== keep) await other.delete(id);
}
