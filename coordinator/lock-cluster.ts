// Locks all servers of a cluster, in rounds.
//
//   1 wait softly: as long as patience lasts, let the long write transactions of the moment end; block nobody
//   2 a round: lock the hardest servers first; only when they are held, all others at once
//   3 not all held: release every agent, give writers a window at least as long as the stall that they had; next round
//   4 the time is nearly up and `force`: one more round, in which the transactions in the way are aborted
//
// A round ends held, busy (somebody's transactions did not end in time), or broken, which ends the backup.
import { StillpointError } from "../proto/errors.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import { mustAll, worst } from "./fan-out.ts";
import { Round, withServer } from "./lock-round.ts";
import type { AgentPort, Blocker, Ports } from "./ports.ts";
import { type WaitPolicy, waits } from "./rounds.ts";
import type { BackupRun } from "./run.ts";

export interface LockPolicy extends WaitPolicy {
  /** Longest time for all rounds together. */
  timeoutMs: number;
  /** Longest time from the last lock to the cut; part of every hold. */
  holdMs: number;
  /** Longest time that one server's writes may be blocked in one round; 0 is no limit. */
  maxStallMs: number;
  /** Share of the time that may be spent waiting softly, 0 to 1. */
  patience: number;
  force: boolean;
}

/** All servers held. Disposing lets them go. */
export interface ClusterLock extends AsyncDisposable {
  readonly round: number;
  /** The longest that any server is held, in milliseconds from its lock. */
  readonly holdMs: number;
  /** Lets every server go, and tells how each was held. Repeatable, never throws. */
  release(): Promise<Map<string, HoldReport>>;
}

const softPollMs = 100;
/** The share of the time-out, and the most, that is kept for the round that aborts transactions. */
const forceShare = 0.25;
const forceMostMs = 2000;
/** The share of maxStallMs that is kept for the cut. */
const cutShare = 0.25;

export async function lockCluster(
  agents: readonly AgentPort[],
  run: BackupRun,
  policy: LockPolicy,
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterLock> {
  const rounds = new Rounds(agents, run, policy, ports, signal);
  await rounds.waitSoftly();
  return (await rounds.inTurn()) ?? (await rounds.byForce()) ?? rounds.giveUp();
}

class Rounds {
  readonly #agents: readonly AgentPort[];
  readonly #run: BackupRun;
  readonly #policy: LockPolicy;
  readonly #ports: Ports;
  readonly #signal: AbortSignal;
  readonly #deadline: number;
  /** From here on there is only time for the round that aborts transactions, if there is to be one. */
  readonly #lastTurn: number;
  #blockers: Blocker[] = [];

  constructor(agents: readonly AgentPort[], run: BackupRun, policy: LockPolicy, ports: Ports, signal: AbortSignal) {
    this.#agents = agents;
    this.#run = run;
    this.#policy = policy;
    this.#ports = ports;
    this.#signal = signal;
    const { timeoutMs, force } = policy;
    this.#deadline = run.deadline ??= this.#now + timeoutMs;
    this.#lastTurn = this.#deadline - (force ? Math.min(forceMostMs, timeoutMs * forceShare) : 0);
  }

  /** Waits for those long transactions to end that are open now. A server that has new ones all the time is not waited for. */
  async waitSoftly(): Promise<void> {
    const { patience, firstWaitMs } = this.#policy;
    const left = this.#lastTurn - this.#now;
    const until = this.#now + Math.min(patience * left, left - firstWaitMs);
    let awaited = await this.#longTransactions();
    if (awaited.length > 0 && this.#now < until) this.#ports.report({ step: "soft-wait", blockers: awaited });
    while (awaited.length > 0 && this.#now < until) {
      await this.#pause(Math.min(softPollMs, until - this.#now));
      const open = await this.#longTransactions();
      awaited = awaited.filter((old) => open.some(({ serverId, id }) => serverId === old.serverId && id === old.id));
    }
  }

  async inTurn(): Promise<ClusterLock | undefined> {
    const { force, firstWaitMs } = this.#policy;
    for (const wait of waits(this.#policy, this.#ports.random)) {
      if (!(await this.#giveWritersTime(firstWaitMs, this.#lastTurn))) return undefined;
      const left = this.#lastTurn - this.#now;
      const until = this.#now + (force ? left / 2 : left); // the other half is for the writers' window before the last round
      const lock = await this.#tryOnce(wait, until, false);
      if (lock !== undefined) return lock;
    }
    return undefined;
  }

  async byForce(): Promise<ClusterLock | undefined> {
    if (!this.#policy.force || !(await this.#giveWritersTime(0, this.#deadline))) return undefined;
    return await this.#tryOnce(this.#policy.maxWaitMs, this.#deadline, true);
  }

  giveUp(): never {
    const servers = [...new Set(this.#blockers.map(({ serverId }) => `"${serverId}"`))].join(", ");
    const why = servers === "" ? "no time was left to try" : `busy on ${servers}`;
    const message = `not all servers could be locked within ${this.#policy.timeoutMs} ms: ${why}`;
    throw new StillpointError("lock-busy", message, { blockers: this.#blockers });
  }

  get #now(): number {
    return this.#ports.clock.now();
  }

  async #tryOnce(wait: number, until: number, force: boolean): Promise<ClusterLock | undefined> {
    const hardest = await this.#hardest();
    if (this.#now >= until) return undefined; // to ask them took what was left of the time
    const others = this.#agents.filter((agent) => !hardest.includes(agent));
    const stages = [hardest, others].filter(({ length }) => length > 0);
    const limits = this.#limits(Math.min(wait, (until - this.#now) / stages.length), stages.length);
    const round = new Round(stages, { ...limits, until, force }, this.#run, this.#ports);
    const result = await round.lock(this.#signal);
    if (result.outcome === "held") return round;
    await round.release();
    if (result.outcome === "broken") throw worst(result.failures);
    this.#blockers = result.blockers;
    return undefined;
  }

  /**
   * With maxStallMs a server's wait and hold together never exceed it, so that the agents themselves keep the promise. The
   * hold of the first stage is the waits of all stages and the cut, hence one wait more than there are stages.
   */
  #limits(wait: number, stages: number): { waitMs: number; cutMs: number } {
    const { holdMs, maxStallMs } = this.#policy;
    const stallMs = maxStallMs === 0 ? Number.POSITIVE_INFINITY : maxStallMs;
    const cutMs = Math.min(holdMs, stallMs * cutShare);
    return { waitMs: Math.max(0, Math.floor(Math.min(wait, (stallMs - cutMs) / (stages + 1)))), cutMs };
  }

  /** Writers get at least as long as they were blocked. False if nothing would be left of the time after that. */
  async #giveWritersTime(leastMs: number, until: number): Promise<boolean> {
    const { released = { at: Number.NEGATIVE_INFINITY, worstStallMs: 0 } } = this.#run;
    const ms = Math.max(0, released.at + Math.max(released.worstStallMs, leastMs) - this.#now);
    if (this.#now + ms + 1 > until) return false;
    if (ms > 0) {
      this.#ports.report({ step: "window", ms });
      await this.#pause(ms);
    }
    return true;
  }

  /** Servers that had a long transaction a moment ago, or were busy in the round before. */
  async #hardest(): Promise<AgentPort[]> {
    const hard = new Set([...(await this.#longTransactions()), ...this.#blockers].map(({ serverId }) => serverId));
    return this.#agents.filter(({ serverId }) => hard.has(serverId));
  }

  /** Write transactions that are open for longer than a first round would wait. Oldest first. */
  async #longTransactions(): Promise<Blocker[]> {
    const described = await mustAll(this.#agents, (agent) => agent.describe(false, this.#signal));
    const open = described.flatMap(({ agent, value }) => withServer(agent.serverId, value.openWrites));
    const long = open.filter(({ ageMs }) => ageMs >= this.#policy.firstWaitMs);
    return long.sort((left, right) => right.ageMs - left.ageMs);
  }

  async #pause(ms: number): Promise<void> {
    await this.#ports.clock.sleep(ms, this.#signal);
    this.#signal.throwIfAborted();
  }
}
