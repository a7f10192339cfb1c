// Starts victim-process.ts, in a process group of its own, and does to it what a case wants.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { StillpointError } from "../../proto/errors.ts";
import { Broken, type Victim } from "./case.ts";
import type { Order, Report } from "./victim-process.ts";

export function startVictim(order: Order): Victim {
  const program = new URL("./victim-process.ts", import.meta.url);
  const child = fork(program, [JSON.stringify(order)], { execArgv: [], detached: true });
  const exited = once(child, "exit");
  const held = Promise.race([reportOf(child), exited.then(died)]);
  held.catch(() => {}); // whoever waits for it sees it
  return { held, kill: (what) => kill(child, what, exited), hang: () => void child.kill("SIGSTOP") };
}

async function reportOf(child: ChildProcess): Promise<void> {
  const [report] = (await once(child, "message")) as [Report];
  if (!report.held) throw new StillpointError("unreachable", report.problem);
}

function died(): never {
  throw new Broken("the agent's process ended before it had stopped writes");
}

async function kill(child: ChildProcess, what: "process" | "group", exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const pid = child.pid as number;
  process.kill(what === "group" ? -pid : pid, "SIGKILL");
  await exited;
}
