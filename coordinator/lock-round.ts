// One round: one try to lock all servers.
//
// The stages are locked one after the other, the servers of a stage all at once. Whoever is locked first is held while all
// others are waited for: so each hold lasts for what is left of the round, and then for the cut.
import { hasReason, messageOf, StillpointError, type WriteTransaction } from "../proto/errors.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import { askAll, type Failure, together } from "./fan-out.ts";
import {
  type Blocker,
  type LockingAgent,
  type LockingPorts,
  type LockOptions,
  type RoundReport,
  withServer,
} from "./ports.ts";
import { type BackupRun, lastRound } from "./run.ts";

export interface RoundLimits {
  /** How long servers are waited for, all stages together. */
  waitMs: number;
  /** How long a server is held after all the waits. */
  cutMs: number;
  /** Whether the transactions in the way are aborted. */
  force: boolean;
}

/** Asked before each stage but the first: whoever is in the way ends the round before more writes are blocked. */
export type InTheWay = (signal: AbortSignal) => Promise<Blocker[]>;

/** All servers held; somebody's transactions did not end in time; or unreachable, refused, lost. */
export type Outcome =
  | { outcome: "held" }
  | { outcome: "busy"; blockers: Blocker[] }
  | { outcome: "broken"; failures: Failure<LockingAgent>[] };

/** The most that the agent's contract allows. */
const longestHoldMs = 3_600_000;

export class Round implements AsyncDisposable {
  readonly #stages: LockingAgent[][];
  readonly #limits: RoundLimits;
  readonly #run: BackupRun;
  readonly #ports: LockingPorts;
  readonly #report: RoundReport;
  #released: Promise<Map<string, HoldReport>> | undefined;

  constructor(stages: LockingAgent[][], limits: RoundLimits, run: BackupRun, ports: LockingPorts) {
    this.#stages = stages;
    this.#limits = limits;
    this.#run = run;
    this.#ports = ports;
    const firstServerIds = stages.slice(0, -1).flatMap((stage) => stage.map(({ serverId }) => serverId));
    const { waitMs } = limits;
    const round = lastRound(run) + 1;
    this.#report = { round, outcome: "broken", waitMs, deadTimeMs: 0, firstServerIds, blockers: [] };
    run.rounds.push(this.#report);
  }

  get round(): number {
    return this.#report.round;
  }

  /** The longest that any server is held, in milliseconds from its lock. */
  get holdMs(): number {
    return this.#holdMs(this.#report.waitMs);
  }

  /** Ends when no server is waited for any more. Whatever comes out, servers may be held until `release`. */
  async lock(inTheWay: InTheWay, signal: AbortSignal): Promise<Outcome> {
    const { round, waitMs, firstServerIds } = this.#report;
    this.#ports.report({ step: "round-started", round, waitMs, firstServerIds, force: this.#limits.force });
    const result = await this.#lockStages(inTheWay, signal);
    this.#report.outcome = result.outcome;
    if (result.outcome === "busy") this.#report.blockers = result.blockers;
    if (result.outcome === "held") this.#ports.report({ step: "locked", round });
    return result;
  }

  /** Lets every server go, and tells how each was held. Repeatable, never throws. */
  release(): Promise<Map<string, HoldReport>> {
    this.#released ??= this.#releaseAll();
    return this.#released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #holdMs(leftMs: number): number {
    return Math.max(1, Math.floor(Math.min(longestHoldMs, leftMs + this.#limits.cutMs)));
  }

  async #lockStages(inTheWay: InTheWay, signal: AbortSignal): Promise<Outcome> {
    const { round, waitMs } = this.#report;
    const until = this.#ports.clock.now() + waitMs;
    for (const [done, stage] of this.#stages.entries()) {
      const blockers = done === 0 ? [] : await inTheWay(signal);
      if (blockers.length > 0) return { outcome: "busy", blockers };
      const leftMs = Math.max(0, Math.floor(until - this.#ports.clock.now()));
      const options = { round, waitMs: leftMs, holdMs: this.#holdMs(leftMs), abortBlockers: this.#limits.force };
      const result = await this.#lockStage(stage, options, signal);
      if (result.outcome !== "held") return result;
    }
    return { outcome: "held" };
  }

  /**
   * When one breaks the round, the others are not waited for: they would block writes in vain. Each lock is told of when it is
   * there: when the last one is, all servers are held, and nothing may come between that and the cut.
   */
  async #lockStage(stage: LockingAgent[], options: LockOptions, signal: AbortSignal): Promise<Outcome> {
    const lock = async (agent: LockingAgent, either: AbortSignal) => {
      const { lockWaitMs } = await agent.lock(this.#run, options, either);
      this.#ports.report({ step: "server-locked", serverId: agent.serverId, round: options.round, lockWaitMs });
    };
    const { failures } = await askAll(stage, together(signal, lock, isBroken));
    const broken = failures.filter(({ error }) => isBroken(error));
    if (broken.length > 0) return { outcome: "broken", failures: broken };
    const blockers = failures.flatMap((failure) => this.#busy(failure));
    return failures.length === 0 ? { outcome: "held" } : { outcome: "busy", blockers };
  }

  #busy({ agent: { serverId }, error }: Failure<LockingAgent>): Blocker[] {
    const known = error instanceof StillpointError ? error.blockers : [];
    this.#ports.report({ step: "server-busy", serverId, round: this.round, blockers: withServer(serverId, known) });
    return withServer(serverId, known.length > 0 ? known : [unknownTransaction]);
  }

  #tellEnd(serverId: string, { stallMs, stillStopped }: HoldReport): void {
    const { round } = this.#report;
    this.#run.stillStopped ??= new Map();
    if (stillStopped === "") {
      this.#run.stillStopped.delete(serverId);
      this.#ports.report({ step: "released", serverId, round, stallMs });
    } else {
      this.#run.stillStopped.set(serverId, stillStopped);
      this.#ports.report({ step: "still-stopped", serverId, round, problem: stillStopped });
    }
  }

  /** Every agent, not only those that answered: a Lock may arrive late. */
  async #releaseAll(): Promise<Map<string, HoldReport>> {
    const { round, outcome } = this.#report;
    const { answers, failures } = await askAll(this.#stages.flat(), (agent) => agent.release(this.#run, round));
    const holds = new Map<string, HoldReport>();
    for (const { agent, value: hold } of answers) {
      if (hold === null) continue;
      holds.set(agent.serverId, hold);
      this.#tellEnd(agent.serverId, hold);
    }
    for (const { agent, error } of failures) {
      this.#ports.report({ step: "release-failed", serverId: agent.serverId, round, problem: messageOf(error) });
    }
    const stalls = [...holds.values()].map(({ stallMs }) => stallMs);
    this.#report.deadTimeMs = stalls.reduce((sum, stallMs) => sum + stallMs, 0);
    this.#run.released = { at: this.#ports.clock.now(), worstStallMs: Math.max(0, ...stalls) };
    this.#ports.report({ step: "round-ended", round, outcome, deadTimeMs: this.#report.deadTimeMs });
    return holds;
  }
}

const unknownTransaction: WriteTransaction = { id: "?", ageMs: 0, owner: "", description: "the engine cannot tell" };

function isBroken(error: unknown): boolean {
  return !hasReason(error, "lock-busy");
}
