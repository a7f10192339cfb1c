// The times that the cells of the matrix are held against.
import { claimTtlMs, holdMs, maxWaitMs } from "./fault-cluster.ts";

/** How long a fault lasts: longer than the claim's lease. */
export const faultMs = claimTtlMs + 500;
/** Until another coordinator's backup must have begun. A lease may be prolonged once by the election of a leader. */
export const nextWithinMs = 3 * claimTtlMs + 6000;
/** The longest that one write may stand still: a round's wait and the hold … */
export const promisedStallMs = maxWaitMs + holdMs;
/** … and what a busy machine and the client's own way add. */
export const slackMs = 1000;
