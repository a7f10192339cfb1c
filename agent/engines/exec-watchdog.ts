// The process that frees the writes of an exec engine, whoever dies. The agent starts one for each stop, in a session of
// its own, so that a kill of the agent's process group does not take it along.
//
//   stop command ── exit 0 ──▶ held ── "resume", hold over, agent gone, SIGTERM ──▶ resume command ──▶ end
//        ├── exit 75 (busy), or never started: nothing is stopped ──▶ end
//        └── anything else: nobody knows how far it came ──▶ resume command ──▶ end
import { setTimeout as pause } from "node:timers/promises";
import {
  complain,
  exitNothingStopped,
  type Freed,
  type FreeWritesJob,
  freeWrites,
  lockEnvironment,
} from "./free-writes.ts";
import { type Command, type CommandResult, commandFailed, runCommand } from "./run-command.ts";
import { holdLeftMs, stopTimeoutMs } from "./stop-limits.ts";

/** What the watchdog is to do, as JSON in its first argument. */
export interface Job extends FreeWritesJob {
  stop: Command;
}

/** What the watchdog tells the agent. The agent says one thing only, "resume". */
export type Report =
  | { event: "stopping"; groupId: number }
  | { event: "held" }
  | { event: "freeing" }
  /** A try to free writes failed, and there will be another. */
  | { event: "not-freed"; problem: string }
  | { event: "ended"; outcome: Outcome };

export interface Outcome {
  stop: CommandResult;
  /** Absent if there was nothing to free. */
  freed?: Freed;
}

const release = new AbortController();
const letGo = () => release.abort();

process.once("message", letGo);
process.once("disconnect", letGo);
for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, letGo);
if (!process.connected) letGo();

const outcome = await guard(JSON.parse(process.argv[2] ?? "") as Job);
await report({ event: "ended", outcome });
if (process.connected) process.disconnect();

async function guard(job: Job): Promise<Outcome> {
  const startedAt = performance.now();
  const stop = await runCommand(job.stop, {
    timeoutMs: stopTimeoutMs(job.request),
    signal: release.signal,
    env: lockEnvironment(job.request),
    onStart: (groupId) => void report({ event: "stopping", groupId }),
  });
  if (stop.ended === exitNothingStopped || stop.ended === "was not started") return { stop };
  if (stop.ended === 0) await hold(holdLeftMs(job.request, performance.now() - startedAt));
  else if (typeof stop.ended === "number") complain(job, `${commandFailed(job.stop, stop).message}; running resume`);
  await report({ event: "freeing" });
  return { stop, freed: await freeWrites(job, (problem) => void report({ event: "not-freed", problem })) };
}

/** Counts from the moment that the stop command was seen to end, on this process's monotonic clock. */
async function hold(holdMs: number): Promise<void> {
  const over = pause(holdMs, undefined, { signal: release.signal }).catch(() => {});
  await report({ event: "held" });
  await over;
}

/** An agent that does not hear it is dead, and the writes are freed all the same. */
function report(message: Report): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}
