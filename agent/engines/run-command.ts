// Runs one command of the configuration: no shell, a process group of its own, a time limit, bounded output.
//
// When the time is up, the signal aborts or the command fails, the whole group is killed, so that nothing of it goes on.
// What a command leaves in the background when it succeeds stays: it may be what holds the lock.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { messageOf, StillpointError } from "../../proto/errors.ts";

/** A program and its arguments. Who wants a shell writes ["sh", "-c", "..."]. */
export type Command = readonly string[];

export interface CommandLimits {
  timeoutMs: number;
  /** Kills the command. */
  signal?: AbortSignal | undefined;
  /** Set for the command, beside PATH and HOME; it gets nothing else of our environment. */
  env?: Readonly<Record<string, string>>;
  /** Told the command's process group before anything else happens. */
  onStart?: (groupId: number) => void;
}

export interface CommandResult {
  /** Its exit code, or what became of it instead. */
  ended: number | `was killed by ${NodeJS.Signals}` | "timed out" | "cancelled" | "was not started";
  /** The first 64 KiB. */
  stdout: string;
  /** The first 64 KiB; why, if it was not started. */
  stderr: string;
}

const maxOutputBytes = 64 * 1024;
/** A killed process ends at once; one that the kernel cannot end is not waited for any longer. */
export const killedWithinMs = 5_000;
/** The output of an ended command; a background process that it left may keep the pipes open for good. */
const outputWithinMs = 100;

/** Whatever happens to the command is a result; never throws. */
export async function runCommand(command: Command, limits: CommandLimits): Promise<CommandResult> {
  try {
    limits.signal?.throwIfAborted();
    return await run(start(command, limits.env), limits);
  } catch (error) {
    const ended = limits.signal?.aborted ? "cancelled" : "was not started";
    return { ended, stdout: "", stderr: messageOf(error) };
  }
}

/** The error to throw for a command that did not end with 0. Without its arguments: a password may be among them. */
export function commandFailed(command: Command, { ended, stderr }: CommandResult): StillpointError {
  const how = typeof ended === "number" ? `exited with code ${ended}` : ended;
  const said = stderr.trim().split("\n").slice(0, 3).join("; ").slice(0, 300);
  const hint = "run the command by hand, as the agent's user, and see what it says";
  const [program, ...args] = command;
  const name = args.length > 0 ? `${program} …` : program;
  return new StillpointError("unreachable", `command "${name}" ${how}${said && `: ${said}`}`, { hint });
}

/** Ends all that is left of a command, if anything is. */
export function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, "SIGKILL");
  } catch {
    // nothing is left of it
  }
}

/** What the promise gives, or "timed out" or "cancelled", whichever comes first. */
async function within<T>(
  promise: Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T | "timed out" | "cancelled"> {
  const done = new AbortController();
  const over = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  const limit = pause(timeoutMs, "timed out" as const, { signal: over }).catch(() => "cancelled" as const);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    done.abort();
  }
}

function start([program = "", ...args]: Command, env: Readonly<Record<string, string>> = {}) {
  const { PATH, HOME } = process.env;
  return spawn(program, args, { env: { PATH, HOME, ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(child: ReturnType<typeof start>, limits: CommandLimits): Promise<CommandResult> {
  const [stdout, stderr] = [capture(child.stdout), capture(child.stderr)];
  const closed = new Promise((resolve) => child.once("close", resolve));
  const ended = await endOf(child, limits);
  await within(closed, outputWithinMs);
  child.stdout.destroy();
  child.stderr.destroy();
  return { ended, stdout: stdout(), stderr: stderr() };
}

async function endOf(child: ChildProcess, limits: CommandLimits): Promise<CommandResult["ended"]> {
  if (child.pid !== undefined) limits.onStart?.(child.pid);
  await once(child, "spawn");
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals]>;
  const end = await within(exited, limits.timeoutMs, limits.signal);
  const ended: CommandResult["ended"] = typeof end === "string" ? end : (end[0] ?? `was killed by ${end[1]}`);
  if (ended !== 0) killGroup(child.pid as number);
  await within(exited, killedWithinMs);
  return ended;
}

/** Reads a stream to its end, so that its writer never blocks, and keeps the beginning. */
function capture(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let room = maxOutputBytes;
  stream.on("data", (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}
