// From the first signal to the end of the process. SIGINT and SIGTERM abort the work, which ends what it began, in its
// own order, within the grace; a second signal, or the end of the grace, ends the process at once. What nobody caught ends
// the process too: a service in an unknown state must not go on.
import { constants } from "node:os";

export interface ShutdownOptions {
  /** How long the work may go on after the first signal, in milliseconds. */
  graceMs: number;
  report: (event: ShutdownEvent) => void;
}

export type ShutdownEvent =
  | { kind: "stopping"; signal: NodeJS.Signals }
  | { kind: "forced"; why: string }
  | { kind: "crashed"; error: unknown };

/** npm, a shell and a terminal may each deliver the same Ctrl-C; only what comes later is a second one. */
const sameSignalMs = 250;
const signals = ["SIGINT", "SIGTERM"] as const;

/** Runs the work under a signal that aborts on SIGINT and SIGTERM. Its result or error is the caller's. */
export async function runUntilSignal<T>(
  work: (stop: AbortSignal) => Promise<T>,
  { graceMs, report }: ShutdownOptions,
): Promise<T> {
  const stop = new AbortController();
  let stoppedAt: number | undefined;
  let grace: NodeJS.Timeout | undefined;

  const force = (why: string, exitCode: number) => {
    report({ kind: "forced", why });
    process.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stoppedAt !== undefined) {
      if (performance.now() - stoppedAt > sameSignalMs) force("a second signal", 128 + constants.signals[signal]);
      return;
    }
    stoppedAt = performance.now();
    grace = setTimeout(() => force(`not stopped within ${graceMs} ms`, 1), graceMs);
    report({ kind: "stopping", signal });
    stop.abort();
  };
  const onCrash = (error: unknown) => {
    report({ kind: "crashed", error });
    process.exit(1);
  };

  for (const signal of signals) process.on(signal, onSignal);
  process.on("uncaughtException", onCrash).on("unhandledRejection", onCrash);
  try {
    return await work(stop.signal);
  } finally {
    clearTimeout(grace);
    for (const signal of signals) process.off(signal, onSignal);
    process.off("uncaughtException", onCrash).off("unhandledRejection", onCrash);
  }
}
