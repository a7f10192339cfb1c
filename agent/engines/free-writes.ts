// Runs the resume command of an exec engine until it works, a bounded number of times. The watchdog runs it, or the agent
// when the watchdog is dead. What it cannot do is said on stderr: nobody else may be left to hear it.
import { setTimeout as pause } from "node:timers/promises";
import type { StopRequest } from "./engine.ts";
import { type Command, type CommandResult, commandFailed, killedWithinMs, runCommand } from "./run-command.ts";

export interface FreeWritesJob {
  resume: Command;
  request: StopRequest;
  commandTimeoutMs: number;
  /** Pauses between one try and the next, in milliseconds. */
  retryPausesMs: readonly number[];
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

export async function freeWrites(job: FreeWritesJob): Promise<Freed> {
  const limits = { timeoutMs: job.commandTimeoutMs, env: lockEnvironment(job.request) };
  let result = await runCommand(job.resume, limits);
  if (result.ended === 0) return { confirmed: true, problem: "" };
  for (const pauseMs of job.retryPausesMs) {
    if (writesGo(result)) break;
    complain(job, result, `trying again in ${pauseMs} ms`);
    await pause(pauseMs);
    result = await runCommand(job.resume, limits);
  }
  if (writesGo(result)) return { confirmed: false, problem: "" };
  complain(job, result, "WRITES MAY STILL BE STOPPED: run it by hand");
  return { confirmed: false, problem: commandFailed(job.resume, result).message };
}

function writesGo({ ended }: CommandResult): boolean {
  return ended === 0 || ended === exitNothingStopped;
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

function complain(job: FreeWritesJob, result: CommandResult, next: string): void {
  console.error(`stillpoint: lock "${job.request.lockId}": ${commandFailed(job.resume, result).message}; ${next}`);
}
