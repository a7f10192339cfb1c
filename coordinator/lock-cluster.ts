// Locks all servers of a cluster, in rounds.
//
//   1 look at the open write transactions of all servers; until a round is worth its cost (when-to-lock.ts), block nobody
//   2 a round: lock the servers that are in the way, if they are few; only when they are held, all others at once
//   3 not all held: release every agent, give writers a window at least as long as the stall that they had; look again
//   4 the time is nearly up and `force`: one more round, in which the transactions in the way are aborted
//
// A round ends held, busy (somebody's transactions did not end in time), or broken, which ends the backup.
import { StillpointError } from "../proto/errors.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import { worst } from "./fan-out.ts";
import { Round } from "./lock-round.ts";
import { type Look, OpenWrites, serversOf } from "./open-writes.ts";
import type { Blocker, LockingAgent, LockingPorts } from "./ports.ts";
import { cheapWait, roundLimits, type StallPolicy, type WaitPolicy, waits } from "./rounds.ts";
import type { BackupRun } from "./run.ts";
import { type PlannedRound, planRound } from "./when-to-lock.ts";

export interface LockPolicy extends WaitPolicy, StallPolicy {
  /** Longest time for all rounds together. */
  timeoutMs: number;
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

const lookEveryMs = 100;
/** The share of the time-out, and the most, that is kept for the round that aborts transactions. */
const forceShare = 0.25;
const forceMostMs = 2000;

export async function lockCluster(
  agents: readonly LockingAgent[],
  run: BackupRun,
  policy: LockPolicy,
  ports: LockingPorts,
  signal: AbortSignal,
): Promise<ClusterLock> {
  const rounds = new Rounds(agents, run, policy, ports, signal);
  return (await rounds.inTurn()) ?? (await rounds.byForce()) ?? rounds.giveUp();
}

class Rounds {
  readonly #agents: readonly LockingAgent[];
  readonly #run: BackupRun;
  readonly #policy: LockPolicy;
  readonly #ports: LockingPorts;
  readonly #signal: AbortSignal;
  readonly #writes: OpenWrites;
  readonly #deadline: number;
  /** From here on there is only time for the round that aborts transactions, if there is to be one. */
  readonly #lastTurn: number;
  /** How long the next round may wait: longer each time. */
  readonly #waits: Iterator<number, never>;
  /** How long the cheap round may wait; 0 once it was tried. */
  #cheapWaitMs: number;
  #blockers: Blocker[] = [];

  constructor(
    agents: readonly LockingAgent[],
    run: BackupRun,
    policy: LockPolicy,
    ports: LockingPorts,
    signal: AbortSignal,
  ) {
    this.#agents = agents;
    this.#run = run;
    this.#policy = policy;
    this.#ports = ports;
    this.#signal = signal;
    this.#writes = new OpenWrites(agents, policy.firstWaitMs);
    this.#waits = waits(policy, ports.random);
    const { timeoutMs, force } = policy;
    this.#cheapWaitMs = cheapWait(policy, timeoutMs);
    this.#deadline = run.deadline ??= this.#now + timeoutMs;
    this.#lastTurn = this.#deadline - (force ? Math.min(forceMostMs, timeoutMs * forceShare) : 0);
  }

  async inTurn(): Promise<ClusterLock | undefined> {
    const { force, firstWaitMs } = this.#policy;
    let isWaiting = false;
    while (await this.#giveWritersTime(firstWaitMs, this.#lastTurn)) {
      const look = await this.#writes.look(this.#signal);
      const planned = this.#plan(look);
      if (planned === undefined) {
        if (!isWaiting) this.#ports.report({ step: "soft-wait", blockers: look.long });
        isWaiting = true;
        await this.#pause(Math.min(lookEveryMs, this.#patientUntil - this.#now));
        continue;
      }
      isWaiting = false;
      const left = this.#lastTurn - this.#now;
      // With force, half of it is for the writers' window before the last round.
      const lock = await this.#tryOnce(planned, Math.min(this.#waitFor(planned), force ? left / 2 : left), false);
      if (lock !== undefined) return lock;
    }
    return undefined;
  }

  async byForce(): Promise<ClusterLock | undefined> {
    if (!this.#policy.force || !(await this.#giveWritersTime(0, this.#deadline))) return undefined;
    const busy = serversOf((await this.#writes.look(this.#signal)).long);
    const planned = { occasion: "now", firstServerIds: busy, onlyIfOthersAreCalm: false } as const;
    return await this.#tryOnce(planned, Math.min(this.#policy.maxWaitMs, this.#deadline - this.#now), true);
  }

  giveUp(): never {
    const servers = [...new Set(this.#blockers.map(({ serverId }) => `"${serverId}"`))].join(", ");
    const { failure } = this.#run;
    const noTime = `no time was left to try${failure === undefined ? "" : ` again after: ${failure}`}`;
    const why = servers === "" ? noTime : `busy on ${servers}`;
    const message = `not all servers could be locked within ${this.#policy.timeoutMs} ms: ${why}`;
    throw new StillpointError("lock-busy", message, { blockers: this.#blockers });
  }

  get #now(): number {
    return this.#ports.clock.now();
  }

  get #begin(): number {
    return this.#deadline - this.#policy.timeoutMs;
  }

  /** From here on nobody is waited for softly. There is always time for a round after it. */
  get #patientUntil(): number {
    const { patience, firstWaitMs } = this.#policy;
    return Math.min(this.#begin + patience * (this.#lastTurn - this.#begin), this.#lastTurn - firstWaitMs);
  }

  #plan(look: Look): PlannedRound | undefined {
    const isOver = this.#now >= this.#patientUntil;
    const impatience = isOver ? 1 : (this.#now - this.#begin) / (this.#patientUntil - this.#begin);
    const { seen } = this.#writes;
    const cheapWaitMs = this.#cheapWaitMs;
    return planRound({ look, seen, impatience, cheapWaitMs, lastBusy: serversOf(this.#blockers) });
  }

  /** Longer each time; as long as all has taken so far, where the round may be the last. */
  #waitFor(planned: PlannedRound): number {
    const { occasion } = planned;
    if (occasion !== "choice" && occasion !== "now") {
      return Math.min(this.#calmWaitFor(planned), this.#mostBeforeTheLast);
    }
    return Math.min(this.#policy.maxWaitMs, Math.max(this.#waits.next().value, this.#now - this.#begin));
  }

  #calmWaitFor({ occasion, firstServerIds }: PlannedRound): number {
    const isRestless = !firstServerIds.isDisjointFrom(this.#writes.seen.restless);
    if (occasion === "calm") return isRestless ? this.#policy.maxWaitMs : this.#waits.next().value;
    const wait = this.#cheapWaitMs;
    this.#cheapWaitMs = 0;
    return wait;
  }

  /** While patience lasts, a round and the writers' window after it end before: what is kept for the last round stays whole. */
  get #mostBeforeTheLast(): number {
    const patienceMs = this.#patientUntil - this.#now;
    return patienceMs > 0 ? Math.max(this.#policy.firstWaitMs, patienceMs / 2) : Number.POSITIVE_INFINITY;
  }

  async #tryOnce(planned: PlannedRound, wait: number, force: boolean): Promise<ClusterLock | undefined> {
    if (wait <= 0) return undefined; // to look took what was left of the time
    const [first = [], others = []] = [true, false].map((isFirst) =>
      this.#agents.filter(({ serverId }) => planned.firstServerIds.has(serverId) === isFirst),
    );
    const stages = [first, others].filter(({ length }) => length > 0);
    const round = new Round(stages, { ...roundLimits(wait, this.#policy), force }, this.#run, this.#ports);
    const inTheWay = planned.onlyIfOthersAreCalm ? this.#othersInTheWay(first) : nobody;
    await using unlessHeld = new AsyncDisposableStack();
    unlessHeld.use(round);
    const result = await round.lock(inTheWay, this.#signal);
    if (result.outcome === "held") {
      unlessHeld.move();
      return round;
    }
    if (result.outcome === "broken") throw worst(result.failures);
    this.#blockers = result.blockers;
    return undefined;
  }

  #othersInTheWay(first: readonly LockingAgent[]) {
    const isFirst = new Set(first.map(({ serverId }) => serverId));
    return async (signal: AbortSignal) =>
      (await this.#writes.look(signal)).long.filter(({ serverId }) => !isFirst.has(serverId));
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

  async #pause(ms: number): Promise<void> {
    await this.#ports.clock.sleep(ms, this.#signal);
    this.#signal.throwIfAborted();
  }
}

const nobody = async () => [];
