// MariaDB's own programs, run on a leash: beside each a shell reads from a pipe whose other end only this process has, and
// kills the whole group when it comes to the end. So none outlives the agent, also when that is killed: a copy that goes on
// writing into a piece that was swept, or a private server on data that is gone.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { cancelledBy } from "../../../proto/call.ts";
import { StillpointError } from "../../../proto/errors.ts";
import { killGroup } from "../run-command.ts";

export type ProgramName = "mariadb-backup" | "mariadb-binlog" | "mariadbd" | "mariadb";

/** Paths of those that are not found on PATH, nor in /usr/sbin. */
export type Programs = { [Name in ProgramName]?: string | undefined };

export interface Program {
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  stdout: Readable;
  /** The last of what it wrote to stderr. */
  said(): string;
  /** Asks it to end. */
  stop(): void;
  kill(): void;
}

interface StartOptions {
  /** Kills it. */
  signal: AbortSignal;
  /** Ends with the other program's output. */
  stdin?: Readable;
}

const leash = `
  exec 4<&0 </dev/null
  (read -r _ <&3; kill -s KILL -- "-$$") 4<&- >/dev/null 2>&1 &
  exec "$@" <&4 4<&- 3<&-`;

/** What mariadb-backup says of one table has no end. */
const keptChars = 16 * 1024;
const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

export async function startProgram(command: readonly string[], { signal, stdin }: StartOptions): Promise<Program> {
  if (signal.aborted) throw cancelledBy(signal);
  const child = spawn("/bin/sh", ["-c", leash, "stillpoint", ...command], {
    env: { PATH: path, HOME: process.env.HOME },
    detached: true,
    stdio: [stdin ?? "ignore", "pipe", "pipe", "pipe"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals]>;
  await once(child, "spawn");
  return follow(child, exited, signal);
}

/** Waits for its end. @throws StillpointError with the reason, unless it ended with 0 */
export async function runProgram(
  command: readonly string[],
  { signal, reason }: { signal: AbortSignal; reason: "unreachable" | "corrupt" },
): Promise<string> {
  const program = await startProgram(command, { signal });
  const output = outputOf(program.stdout);
  await mustSucceed(command, program, { signal, reason });
  return await output;
}

export async function mustSucceed(
  [name = ""]: readonly string[],
  program: Program,
  { signal, reason }: { signal: AbortSignal; reason: "unreachable" | "corrupt" },
): Promise<void> {
  const ended = await program.ended;
  if (ended === 0) return;
  if (signal.aborted) throw cancelledBy(signal);
  const how = typeof ended === "number" ? `exited with code ${ended}` : `was killed by ${ended}`;
  if (ended === 127) {
    const hint =
      "install it (Debian: mariadb-backup, mariadb-client, mariadb-server), or name its path in engine.programs";
    throw new StillpointError("invalid", `program "${name}" was not found`, { hint });
  }
  throw new StillpointError(reason, `${name} ${how}: ${whatMatters(program.said())}`);
}

function follow(child: ChildProcess, exited: Promise<[number | null, NodeJS.Signals]>, signal: AbortSignal): Program {
  const group = child.pid as number;
  const kill = () => killGroup(group);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptChars);
  });
  const closed = once(child.stderr as Readable, "close");
  child.stdio[3]?.on("error", () => {}); // the leash has gone with its group
  signal.addEventListener("abort", kill, { once: true });
  const ended = exited.then(async ([code, by]) => {
    signal.removeEventListener("abort", kill);
    kill(); // its leash, which waits for our end
    await closed;
    return code ?? by;
  });
  return { ended, stdout: child.stdout as Readable, said: () => said, stop: () => void child.kill("SIGTERM"), kill };
}

async function outputOf(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text = (text + chunk).slice(-keptChars);
  return text;
}

/** The lines that tell of an error, or else the last ones. */
function whatMatters(said: string): string {
  const lines = said.trim().split("\n");
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-2).join("; ").slice(-600) || "it said nothing";
}
