// The error of a backup's run, with what a person must know besides what went wrong: writes that may still be stopped, and a
// longest stall that was too short.
import { hasReason, StillpointError } from "../proto/errors.ts";
import { roundLimits, type StallPolicy } from "./rounds.ts";
import type { BackupRun } from "./run.ts";

export function wholeError(error: unknown, run: BackupRun, policy: StallPolicy): unknown {
  return error instanceof StillpointError ? withStillStopped(withMaxStall(error, policy), run) : error;
}

function withMaxStall(error: StillpointError, policy: StallPolicy): StillpointError {
  const { maxStallMs } = policy;
  if (maxStallMs === 0 || !hasReason(error, "lock-busy", "hold-lost")) return error;
  const { waitMs, cutMs } = roundLimits(Number.POSITIVE_INFINITY, policy);
  const limits = `a server has ${waitMs} ms to stop its writes, its own commands included, and ${Math.floor(cutMs)} ms for the cut`;
  const hint = `with --max-stall ${maxStallMs}ms ${limits}: give a longer one, or none`;
  return retold(error, error.message, error.blockers.length === 0 ? hint : `${hint}; or ${error.hint}`);
}

/** Before all else: a failed backup is nothing beside a server that does not write. */
function withStillStopped(error: StillpointError, { stillStopped = new Map() }: BackupRun): StillpointError {
  if (stillStopped.size === 0) return error;
  const servers = [...stillStopped].map(([serverId, problem]) => `server "${serverId}": ${problem}`);
  const hint = "look at these servers at once; stillpoint status shows when their writes go on";
  return retold(error, [error.message, ...servers].join("; "), hint);
}

function retold(error: StillpointError, message: string, hint: string): StillpointError {
  const { reason, blockers } = error;
  return new StillpointError(reason, message, { hint, blockers, cause: error });
}
