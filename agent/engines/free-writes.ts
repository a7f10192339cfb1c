// Runs the resume command of an exec engine until it works, a bounded number of times. The watchdog runs it, or the agent
// when the watchdog is dead. What it cannot do is said on stderr: nobody else may be left to hear it. An agent that lives
// goes on trying then, for as long as it takes.
import { setTimeout as pause } from "node:timers/promises";
import type { StopRequest } from "./engine.ts";
import { type Command, type CommandResult, commandFailed, killedWithinMs, runCommand } from "./run-command.ts";

export interface FreeWritesJob {
  resume: Command;
  request: StopRequest;
  commandTimeoutMs: number;
  /** Pauses between one try and the next, in milliseconds. */
  retryPausesMs: readonly number[];
  /** How often a living agent tries again when all that has failed. */
  repeatEveryMs: number;
}

export interface Freed {
  /** The first try ended with 0: writes were stopped until then. */
  confirmed: boolean;
  /** Why writes may still be stopped; empty when they go. */
  problem: string;
}

/**
 * What a stop or resume command exits with when nothing is stopped for its lock. Of stop: open writes did not end in
 * time. Of resume: writes went on before. It is EX_TEMPFAIL of sysexits.h.
 */
export const exitNothingStopped = 75;

/** `onFailure` is told why, after each try but the last. */
export async function freeWrites(job: FreeWritesJob, onFailure: (problem: string) => void): Promise<Freed> {
  const first = await runResume(job);
  if (first.ended === 0) return { confirmed: true, problem: "" };
  let problem = problemOf(job, first);
  for (const pauseMs of job.retryPausesMs) {
    if (problem === "") break;
    complain(job, `${problem}; trying again in ${pauseMs} ms`);
    onFailure(problem);
    await pause(pauseMs);
    problem = problemOf(job, await runResume(job));
  }
  if (problem !== "") complain(job, `${problem}; WRITES MAY STILL BE STOPPED: run it by hand`);
  return { confirmed: false, problem };
}

/** For what freeWrites could not do: goes on trying until it works or `signal` aborts. `onTry` is told how each ended. */
export async function keepFreeing(
  job: FreeWritesJob,
  onTry: (problem: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (await pause(job.repeatEveryMs, true, { signal }).catch(() => false)) {
    const problem = problemOf(job, await runResume(job));
    onTry(problem);
    if (problem === "") return;
  }
}

function runResume({ resume, request, commandTimeoutMs }: FreeWritesJob): Promise<CommandResult> {
  return runCommand(resume, { timeoutMs: commandTimeoutMs, env: lockEnvironment(request) });
}

/** Empty when writes go. */
function problemOf({ resume }: FreeWritesJob, result: CommandResult): string {
  const writesGo = result.ended === 0 || result.ended === exitNothingStopped;
  return writesGo ? "" : commandFailed(resume, result).message;
}

/** No freeWrites of this job takes longer, in milliseconds. */
export function longestFreeingMs({ commandTimeoutMs, retryPausesMs }: FreeWritesJob): number {
  const tryMs = commandTimeoutMs + killedWithinMs;
  return retryPausesMs.reduce((sumMs, pauseMs) => sumMs + pauseMs + tryMs, tryMs);
}

/** What the stop and resume commands learn of the lock that they are run for. */
export function lockEnvironment({ lockId, waitMs, holdMs }: StopRequest): Record<string, string> {
  return { STILLPOINT_LOCK_ID: lockId, STILLPOINT_WAIT_MS: String(waitMs), STILLPOINT_HOLD_MS: String(holdMs) };
}

/** On stderr, which is the agent's. */
export function complain({ request }: FreeWritesJob, what: string): void {
  console.error(`stillpoint: lock "${request.lockId}": ${what}`);
}
