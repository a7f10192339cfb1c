// What a long run must have met at least once: each kind of fault, each step and each outcome of the algorithm. One that was
// never met was never tested, and that is a failure of the run.

const faults = [
  ...["network: message lost", "network: message doubled", "network: message slow"],
  ...["network: answer lost after the effect", "network: partition one way", "network: partition both ways"],
  ...["network: partition met", "agency: answer lost after the effect", "agency: compaction while reading"],
  ...["agency: killed", "agency: paused", "agency: lease ended", "agency: request repeated"],
  ...["coordinator: killed at a gate", "coordinator: paused", "coordinator: slow step"],
  ...["agent: killed at a gate", "agent: paused", "agent: slow step"],
  ...["server: killed", "server: paused", "server: compaction under the lock", "server: a writer ignores the stop"],
  ...["watch: changes heard", "watch: more than was heard"],
  ...["disk: power cut", "disk: full", "disk: fsync lies", "cluster: Plan changed", "person: cancelled"],
];

const steps = [
  ...["claimed", "plan-read", "inspected", "prepared", "soft-wait", "round-started", "server-locked", "server-busy"],
  ...[
    "locked",
    "released",
    "release-failed",
    "round-ended",
    "window",
    "snapshot",
    "taking-again",
    "taken-without-lock",
  ],
  ...["dump-stored", "sealing", "sealed", "committed", "recorded", "aborted", "abort-failed", "checking", "staged"],
  ...[
    "flipped",
    "plan-restored",
    "started",
    "undone",
    "undo-failed",
    "finished",
    "settling",
    "settled",
    "settle-failed",
  ],
].map((step) => `run: ${step}`);

const outcomes = [
  ...["round: held", "round: busy", "round: broken", "round: by force", "round: hardest first"],
  ...["resumed", "expired", "given up", "connection lost", "crashed"].map((why) => `hold ended: ${why}`),
  ...["making", "committing", "deleting", "staging", "flipping", "starting", "undoing"].map(
    (phase) => `take-over of: ${phase}`,
  ),
  ...["aborted", "finished", "undone"].map((outcome) => `take-over: ${outcome}`),
  ...["COMPLETE", "PARTIAL", "INCONSISTENT"].map((state) => `listed: BACKUP_STATE_${state}`),
  ...["create", "restore", "delete", "list", "verify"].flatMap((kind) => [`${kind}: succeeded`]),
  ...["create", "restore", "delete"].map((kind) => `${kind}: the coordinator died`),
];

/** Those that cannot come here: one version of all, one file system, and requests that are as they should be. */
const errors = [
  ...["lock-busy", "hold-lost", "stale-round", "plan-changed", "claim-taken", "claim-lost", "no-space", "not-found"],
  ...["topology", "unreachable", "cancelled"],
].map((reason) => `error: ${reason}`);

export const expectedFaults: readonly string[] = faults;
export const expectedCoverage: readonly string[] = [...faults, ...steps, ...outcomes, ...errors];
