// One sentence that must hold for an engine and its server, and what a check of it needs.
import { setTimeout as pause } from "node:timers/promises";
import type { Agent } from "../agent.ts";
import type { Engine, StoppedWrites, StopRequest } from "../engines/engine.ts";
import type { WriteProbe } from "./probe.ts";
import type { Stall } from "./stall.ts";

export interface Case {
  /** For scripts; never changes. */
  name: string;
  /** For people. */
  says: string;
  /** Why it cannot be looked at here; undefined if it can. */
  skip?(check: Pick<Check, "subject" | "mayRestore">): string | undefined;
  /** @throws Broken, or what the engine threw, if it does not hold */
  run(check: Check): Promise<Finding>;
}

export interface Finding {
  /** What was seen, for a person. */
  found: string;
  /** It holds, and yet somebody should know this. */
  warning?: boolean;
  stall?: Stall;
}

/** It does not hold: what was seen instead. */
export class Broken extends Error {}

/** An engine and the server that it is for. */
export interface Subject {
  serverId: string;
  probe: WriteProbe;
  /** Of an agent that was just started. Whoever takes one closes it. */
  newEngine(): Engine;
  /** An agent in a process of its own, which stops writes and can be killed. */
  startVictim(request: StopRequest): Victim;
  /** An engine whose connection can be cut; absent if it has none to cut. */
  newCuttable?: (() => Promise<Cuttable>) | undefined;
  /** An agent's own code on this server, in this process. Whoever takes one closes both. */
  newAgent(): { agent: Agent; engine: Engine };
}

export interface Victim {
  /** Resolves when writes are stopped; rejects when it could not stop them. */
  held: Promise<unknown>;
  /** Kills it, or its whole process group, with SIGKILL. */
  kill(what: "process" | "group"): Promise<unknown>;
  /** Stops it with SIGSTOP. */
  hang(): void;
}

export interface Cuttable {
  engine: Engine;
  /** Cuts the connection, and lets no other be made. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** How long things take with this server, in milliseconds. */
export interface Pace {
  /** To watch a write that must not end. */
  watchMs: number;
  /** A hold that is to end by itself: there is time for a write and some reads under it. */
  holdMs: number;
  /** A hold that is to be ended by us. */
  longHoldMs: number;
  /** What must happen has happened by then. */
  graceMs: number;
}

export interface Check {
  subject: Subject;
  pace: Pace;
  /** Whether the server may be stopped, and its data exchanged. */
  mayRestore: boolean;
  stops: number;
}

let locks = 0;

export function askFor({ holdMs, waitMs = 5_000 }: { holdMs: number; waitMs?: number }): StopRequest {
  locks += 1;
  return { lockId: `engine-check-${process.pid}-${locks}`, waitMs, holdMs };
}

export const noSignal = new AbortController().signal;

/** Runs `work` with a new engine whose writes are stopped. Whatever happens, the engine is closed then. */
export async function withStop<Result>(
  { subject, pace }: Check,
  work: (stopped: StoppedWrites, engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = subject.newEngine();
  try {
    return await work(await engine.stopWrites(askFor({ holdMs: pace.longHoldMs }), noSignal), engine);
  } finally {
    await engine.close();
  }
}

/** Whether the loss of a stop is noticed in time. */
export async function isNoticed({ lost }: StoppedWrites, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (!lost.aborted && performance.now() < giveUpAt) await pause(20);
  return lost.aborted;
}
