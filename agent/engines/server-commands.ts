// Stopping and starting a database server by commands of the configuration, for a restore.
import { setTimeout as pause } from "node:timers/promises";
import { cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { EngineState } from "./engine.ts";
import { type Command, commandFailed, runCommand } from "./run-command.ts";

export interface ServerCommands {
  /** Ends the server, and succeeds if it is not running. */
  stopServer?: Command;
  /** Starts the server in the background, and succeeds if it is running. */
  startServer?: Command;
}

export interface ServerLimits {
  timeoutMs: number;
  signal: AbortSignal;
}

const inspectEveryMs = 200;

export async function stopByCommand(commands: ServerCommands, limits: ServerLimits): Promise<void> {
  await outputOf(both(commands).stopServer, limits);
}

/** Starts the server and waits until it is healthy. @throws StillpointError corrupt, if it does not start */
export async function startByCommand(
  commands: ServerCommands,
  inspect: (signal: AbortSignal) => Promise<EngineState>,
  limits: ServerLimits,
): Promise<void> {
  await outputOf(both(commands).startServer, limits).catch(doesNotStart);
  const giveUpAt = performance.now() + limits.timeoutMs;
  while (!limits.signal.aborted) {
    const { healthy, problem } = await inspect(limits.signal);
    if (healthy) return;
    if (performance.now() > giveUpAt) throw neverHealthy(limits.timeoutMs, problem);
    await pause(inspectEveryMs, undefined, { signal: limits.signal }).catch(() => {}); // the loop looks at the signal
  }
  throw cancelledBy(limits.signal);
}

function doesNotStart(error: unknown): never {
  if (!(error instanceof StillpointError) || error.reason !== "unreachable") throw error;
  throw new StillpointError("corrupt", `the server does not start: ${error.message}`, { hint: error.hint });
}

/** What the command printed. @throws StillpointError if it did not end with 0 */
export async function outputOf(command: Command, limits: ServerLimits): Promise<string> {
  const result = await runCommand(command, limits);
  if (result.ended === 0) return result.stdout;
  throw result.ended === "cancelled" ? cancelledBy(limits.signal) : commandFailed(command, result);
}

/** A server that nobody could start again is not stopped either. */
function both({ stopServer, startServer }: ServerCommands): Required<ServerCommands> {
  if (stopServer !== undefined && startServer !== undefined) return { stopServer, startServer };
  const missing = stopServer === undefined ? "stopServer" : "startServer";
  throw new StillpointError("invalid", `the engine's setting "${missing}" is missing`, {
    hint: "a restore stops and starts the server: set stopServer and startServer in the agent's configuration",
  });
}

function neverHealthy(timeoutMs: number, problem: string): StillpointError {
  return new StillpointError("corrupt", `the server was started but is not healthy after ${timeoutMs} ms: ${problem}`);
}
