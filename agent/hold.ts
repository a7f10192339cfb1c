// The hold as a state machine, without effects: who may lock, and what becomes of a lock.
//
//   free ──begin──▶ locking ──writes stopped──▶ held ──snapshot, release, expiry, loss──▶ free
//                      └───────gave up────────▶ free
//
// The fence in front of it remembers, for as long as the agent lives, the largest token and the newest round that it
// saw, and which rounds are over. So a Lock that arrives late cannot stop writes for a run that has moved on.
import { StillpointError } from "../proto/errors.ts";

/** One round of one run. */
export interface RoundRef {
  backupId: string;
  token: number;
  round: number;
}

/** Times in milliseconds on the agent's own monotonic clock. */
export type Hold =
  | { state: "free" }
  | { state: "locking"; ref: RoundRef }
  | { state: "held"; ref: RoundRef; heldAt: number; expiresAt: number };

/** Why a hold ended. */
export type EndReason = "released" | "snapshot" | "expired" | "lost" | "gave-up" | "superseded" | "shutdown";

export function sameRound(left: RoundRef, right: RoundRef): boolean {
  return left.backupId === right.backupId && left.token === right.token && left.round === right.round;
}

/** Whether a cut made now would be made under this very hold. */
export function holds(hold: Hold, ref: RoundRef, now: number): boolean {
  return hold.state === "held" && sameRound(hold.ref, ref) && now < hold.expiresAt;
}

export interface Fence {
  /** The largest token seen; 0 at the start. */
  token: number;
  /** The backup that this token is for. */
  backupId: string;
  /** The newest round of that token that was begun. */
  newestRound: number;
  /** Every round of that token up to this one is over. */
  endedRound: number;
}

export const openFence: Fence = { token: 0, backupId: "", newestRound: 0, endedRound: 0 };

/** The fence after a run has shown its token. @throws StillpointError stale-round, held-by-another */
export function seeRun(fence: Fence, run: { backupId: string; token: number }): Fence {
  if (run.token > fence.token) return { token: run.token, backupId: run.backupId, newestRound: 0, endedRound: 0 };
  if (run.token < fence.token) {
    throw new StillpointError(
      "stale-round",
      `token ${run.token} of backup "${run.backupId}" is older than ${fence.token} of backup "${fence.backupId}"`,
      { hint: "this run is over; if the agency was set up anew and counts from the start again, restart the agents" },
    );
  }
  if (run.backupId === fence.backupId) return fence;
  throw new StillpointError("held-by-another", `token ${run.token} belongs to backup "${fence.backupId}"`);
}

/** The fence after a round was begun, or begun again. @throws StillpointError stale-round, held-by-another */
export function beginRound(fence: Fence, ref: RoundRef): Fence {
  const seen = seeRun(fence, ref);
  if (ref.round <= seen.endedRound || ref.round < seen.newestRound) {
    const newest = Math.max(seen.endedRound, seen.newestRound);
    throw new StillpointError(
      "stale-round",
      `round ${ref.round} of backup "${ref.backupId}" is over, ${newest} was seen`,
    );
  }
  return { ...seen, newestRound: ref.round };
}

/** The fence after a round, and with it all before, was ended. What an older run says changes nothing. */
export function endRounds(fence: Fence, ref: RoundRef): Fence {
  if (ref.token < fence.token || (ref.token === fence.token && ref.backupId !== fence.backupId)) return fence;
  const seen = seeRun(fence, ref);
  return { ...seen, endedRound: Math.max(seen.endedRound, ref.round) };
}
