// The end of a run's job, for a run whose outcome is certain by then.
import { messageOf, StillpointError } from "../proto/errors.ts";
import type { Claim } from "./agency/agency.ts";
import type { Ports, Run } from "./ports.ts";

/** Nothing is left to do. If the agency cannot be told, the next one who looks finds that out. */
export async function settled({ backupId }: Run, claim: Claim, { report }: Ports): Promise<void> {
  try {
    await claim.settle(backupId);
  } catch (error) {
    report({ step: "settle-failed", problem: messageOf(error) });
  }
}

/** Work that comes after the decision. @throws what went wrong, which is not the end of it */
export async function finishedLater(
  what: "backup" | "restore",
  { backupId }: Run,
  work: Promise<unknown>,
): Promise<void> {
  try {
    await work;
  } catch (cause) {
    const reason = cause instanceof StillpointError ? cause.reason : "internal";
    const message = `the ${what} of "${backupId}" is not finished yet: ${messageOf(cause)}`;
    const hint = "it is decided: any coordinator finishes it when all agents answer (stillpoint status)";
    throw new StillpointError(reason, message, { hint, cause });
  }
}
