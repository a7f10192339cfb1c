// The named steps of a run at which faults happen, in order.

export const steps = [
  ...["claimed", "plan-read", "inspected", "prepared", "round-started", "server-locked", "locked", "snapshot"],
  ...["released", "dump-stored", "sealed", "committed", "recorded"],
];

export const restoreSteps = ["staged", "flipped", "plan-restored", "started", "finished"];

/** What a backup is about to do, and the step before it. */
export const fileColumns = { inspect: "plan-read", prepare: "inspected", cut: "locked", seal: "dump-stored" };
