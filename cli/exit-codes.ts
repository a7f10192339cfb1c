// The exit code for each way to fail. 0: done. Scripts depend on these numbers: they never change.
import type { Reason } from "../proto/errors.ts";

export const exitCodes = {
  internal: 1,
  invalid: 2,
  "lock-busy": 3,
  "claim-taken": 4,
  "claim-lost": 4,
  "held-by-another": 4,
  unreachable: 5,
  "not-found": 6,
  "no-space": 7,
  "cross-device": 7,
  corrupt: 8,
  topology: 9,
  version: 9,
  "plan-changed": 10,
  "hold-lost": 10,
  "stale-round": 10,
  denied: 11,
  unauthenticated: 11,
  /** As after Ctrl-C in any shell: 128 + SIGINT. */
  cancelled: 130,
} as const satisfies Record<Reason, number>;
