// What the cluster knows of a run whose own end was not heard. The phases are those of its job (coordinator/job.ts).
import { setTimeout as pause } from "node:timers/promises";
import { hasReason, StillpointError } from "../proto/errors.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";

const endsWithinMs = 10_000;
const askEveryMs = 200;
/** To ask for the status takes as long as the agent that answers last. */
export const statusWithinMs = 8_000;

const beingTakenBack = "is being taken back, which is not over yet";
const fates: Readonly<Record<string, string>> = {
  making: beingTakenBack,
  staging: beingTakenBack,
  flipping: beingTakenBack,
  undoing: beingTakenBack,
  committing: "was decided before it was cancelled: it is a backup as soon as all agents have answered",
  deleting: "was decided before it was cancelled: the backup is gone as soon as all agents have answered",
  starting: "came too far to be just taken back: it is finished, or undone if a server cannot use the backup's data",
  finishing: "was finished before it was cancelled: all servers work on the backup's data",
};

/** What became of a run that was cancelled, as an error to end the command with. */
export async function fateOf(client: CoordinatorClient, backupId: string): Promise<StillpointError> {
  const phase = await phaseOf(client, backupId, AbortSignal.timeout(statusWithinMs));
  const fate =
    phase === undefined ? "was cancelled; what became of it is not known yet" : (fates[phase] ?? `is ${phase}`);
  return new StillpointError("cancelled", `the run of backup "${backupId}" ${fate}`, {
    hint: "stillpoint status shows whether it goes on; the audit log of the coordinator says how it ended",
  });
}

/** Whether the backup is gone after its deletion was cancelled. @throws StillpointError cancelled, if that is not known */
export async function isDeleted(client: CoordinatorClient, backupId: string): Promise<boolean> {
  const signal = AbortSignal.timeout(endsWithinMs);
  try {
    while (await isBusyWith(client, backupId, signal)) await pause(askEveryMs, undefined, { signal });
    await client.getBackup(backupId, signal);
    return false;
  } catch (error) {
    if (hasReason(error, "not-found")) return true;
    throw await fateOf(client, backupId);
  }
}

async function isBusyWith(client: CoordinatorClient, backupId: string, signal: AbortSignal): Promise<boolean> {
  const { claim, jobs } = await client.getStatus(signal);
  return [claim, ...jobs].some((each) => each?.backupId === backupId);
}

/** Undefined if there is no job of the run any more, or nobody can tell. */
async function phaseOf(client: CoordinatorClient, backupId: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { jobs } = await client.getStatus(signal);
    return jobs.find((job) => job.backupId === backupId)?.phase;
  } catch {
    return undefined;
  }
}
