// A tiny database process and its directory, as the contract of the engine port wants them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../agent/engines/engine.ts";
import type { AgentProcess, EngineUnderTest } from "../contracts/engine.ts";
import type { StopOrder } from "./agent-process.ts";
import { DatabaseProcess } from "./database-process.ts";
import { FilesOnDisk } from "./files-on-disk.ts";

export interface ServerOptions {
  /** A module beside this one. */
  program: string;
  /** The program's arguments after its directory. */
  args(dir: string): string[];
  engine(dir: string): Engine;
  /** What an agent process of this engine is told. */
  order(dir: string): Omit<StopOrder, "request">;
}

export async function startServer({ program, args, engine: makeEngine, order }: ServerOptions) {
  const dir = mkdtempSync(join(tmpdir(), "stillpoint-engine-"));
  const files = new FilesOnDisk(dir);
  files.write(0);
  const start = () => DatabaseProcess.start(program, dir, ...args(dir));
  let database = await start();
  const engine = makeEngine(dir);
  const agents: AgentProcess[] = [];
  return {
    dir,
    engine,
    another: () => makeEngine(dir),
    write: () => database.ask("write"),
    begin: async (owner, description) => String(await database.ask("begin", owner, description).done),
    end: (id) => database.ask("end", id).done,
    countWrites: async () => Number(await database.ask("countWrites").done),
    writesInFiles: () => files.read(),
    replaceFiles: (writes) => files.write(writes),
    crash: () => database.kill(),
    restart: async () => {
      database = await start();
    },
    hang: () => database.signal("SIGSTOP"),
    wake: () => database.signal("SIGCONT"),
    startAgent: (request) => {
      const agent = startAgent({ ...order(dir), request });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.kill("group")));
      await engine.close();
      await database.kill();
      rmSync(dir, { recursive: true });
    },
  } satisfies EngineUnderTest & { dir: string };
}

export function startAgent(order: StopOrder): AgentProcess {
  const program = new URL("agent-process.ts", import.meta.url);
  const child = fork(program, [JSON.stringify(order)], { execArgv: [], detached: true });
  const exited = once(child, "exit");
  return {
    held: once(child, "message"),
    kill: (what) => kill(child, what, exited),
    hang: () => void child.kill("SIGSTOP"),
  };
}

async function kill(child: ChildProcess, what: "process" | "group", exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  process.kill(what === "group" ? -(child.pid as number) : (child.pid as number), "SIGKILL");
  await exited;
}
