// The effects of one round on one server: from asking the engine to stop writes until writes go on again.
import { randomUUID } from "node:crypto";
import { StillpointError } from "../proto/errors.ts";
import { aborted, type Clock } from "../runtime/clock.ts";
import type { Engine, Resumed, StoppedWrites } from "./engines/engine.ts";
import type { EndReason, Hold, RoundRef } from "./hold.ts";

export interface LockRequest extends RoundRef {
  waitMs: number;
  holdMs: number;
  abortBlockers: boolean;
}

export interface Locked {
  lockWaitMs: number;
  abortedTransactions: number;
}

/** From when to when the writes of this server were stopped in one round. Durations in milliseconds. */
export interface HoldReport {
  round: number;
  askedAt: Date;
  /** Absent if they never were stopped. */
  heldAt?: Date | undefined;
  endedAt: Date;
  lockWaitMs: number;
  heldMs: number;
  stallMs: number;
  /** The engine confirms that no write ended between `heldAt` and our letting go. */
  unbroken: boolean;
  endedBy: EndReason;
  longestBlockedWriteMs: number;
  /** Why writes may still be stopped; undefined if they go. */
  stillStopped?: string | undefined;
}

export type LockEvent =
  | { step: "locking"; ref: RoundRef }
  | { step: "held"; ref: RoundRef; lockWaitMs: number }
  | { step: "let-go"; ref: RoundRef; report: HoldReport };

export interface SessionPorts {
  engine: Engine;
  clock: Clock;
  report: (event: LockEvent) => void;
  /** Told once, after writes have been let go. */
  onEnd: (report: HoldReport) => void;
}

/**
 * For the engine to come to an end after its wait: to kill what stops writes, and to let them go. Shorter than what a coordinator
 * allows for, so that our answer comes before it gives up.
 */
const settlesWithinMs = 1_700;
/** How often the transactions in the way are aborted while the engine waits for them. */
const abortEveryMs = 50;

export class LockSession {
  readonly ref: RoundRef;
  hold: Hold;
  readonly #ports: SessionPorts;
  readonly #askedAt: number;
  readonly #askedDate: Date;
  /** Aborts when the session ends: it ends the waiting for the lock and the timer of the hold. */
  readonly #over = new AbortController();
  readonly #stopping: Promise<StoppedWrites>;
  readonly #locked: Promise<Locked>;
  readonly #overdue: Promise<never>;
  #waiting = 0;
  #ended: Promise<HoldReport> | undefined;
  #endedBy: EndReason = "released";

  constructor(request: LockRequest, ports: SessionPorts) {
    const { backupId, token, round, waitMs, holdMs } = request;
    this.ref = { backupId, token, round };
    this.#ports = ports;
    this.#askedAt = ports.clock.now();
    this.#askedDate = ports.clock.date();
    this.hold = { state: "locking", ref: this.ref };
    ports.report({ step: "locking", ref: this.ref });
    const lockId = `${backupId}/${round}/${randomUUID()}`;
    this.#stopping = ports.engine.stopWrites({ lockId, waitMs, holdMs }, this.#over.signal);
    this.#locked = this.#lock(request);
    this.#overdue = this.#giveUpAfter(waitMs + settlesWithinMs);
    for (const each of [this.#locked, this.#overdue]) each.catch(() => {}); // whoever joins sees it; else there is nobody to tell
  }

  /**
   * Waits for the lock, together with others. When the last one goes away before it is held, it is given up; and when the
   * engine takes much longer than it was given, whether to stop writes or to let them go after it failed.
   */
  async join(caller: AbortSignal): Promise<Locked> {
    this.#waiting++;
    const leave = () => {
      this.#waiting--;
      if (this.#waiting === 0 && this.hold.state === "locking") this.#over.abort(givenUp(this.ref));
    };
    caller.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([this.#locked, this.#overdue]);
    } finally {
      caller.removeEventListener("abort", leave);
    }
  }

  /** Resolves when the hold is over; writes may be on their way to go on. */
  get isOver(): Promise<undefined> {
    return aborted(this.#over.signal).then(() => undefined);
  }

  get endedBy(): EndReason {
    return this.#endedBy;
  }

  get isEnding(): boolean {
    return this.#ended !== undefined;
  }

  /** The calendar's time of `at`: the first one plus what the monotonic clock says, so that their order is right. */
  dateOf(at: number): Date {
    return new Date(this.#askedDate.getTime() + (at - this.#askedAt));
  }

  /** Lets writes go. The first reason stands; later calls wait for the same end. */
  end(reason: EndReason): Promise<HoldReport> {
    this.#ended ??= this.#letGo(reason);
    return this.#ended;
  }

  async #lock({ holdMs, abortBlockers }: LockRequest): Promise<Locked> {
    const { signal } = this.#over;
    try {
      const abortedTransactions = abortBlockers ? await this.#abortWhileStopping() : 0;
      const stopped = await this.#stopping;
      signal.throwIfAborted();
      return { lockWaitMs: this.#keep(stopped, holdMs), abortedTransactions };
    } catch (error) {
      await this.end("gave-up");
      throw error;
    }
  }

  /** Never resolves: when the lock is there, or given up, there is nothing to tell. */
  async #giveUpAfter(ms: number): Promise<never> {
    const isLate = await this.#ports.clock.sleep(ms, this.#over.signal);
    if (!isLate || this.hold.state !== "locking") return await new Promise<never>(() => {});
    void this.end("gave-up");
    const message = `writes are neither stopped nor let go ${Math.round(ms)} ms after round ${this.ref.round} was begun`;
    const hint =
      "look at the agent's log why the engine takes so long (an exec engine's stop or resume command that fails)";
    throw new StillpointError("unreachable", message, { hint });
  }

  /** The engine lets no transaction begin meanwhile, so what is aborted does not come back. */
  async #abortWhileStopping(): Promise<number> {
    const settled = new AbortController();
    const settle = () => settled.abort();
    this.#stopping.then(settle, settle);
    let aborted = 0;
    while (await this.#ports.clock.sleep(abortEveryMs, settled.signal)) {
      aborted += await this.#ports.engine.abortTransactions(this.#over.signal);
    }
    return aborted;
  }

  #keep(stopped: StoppedWrites, holdMs: number): number {
    const { clock, report } = this.#ports;
    const heldAt = clock.now();
    const lockWaitMs = heldAt - this.#askedAt;
    this.hold = { state: "held", ref: this.ref, heldAt, expiresAt: heldAt + holdMs };
    report({ step: "held", ref: this.ref, lockWaitMs });
    if (stopped.lost.aborted) void this.end("lost");
    else stopped.lost.addEventListener("abort", () => void this.end("lost"), { once: true });
    void clock.sleep(holdMs, this.#over.signal).then((ranOut) => (ranOut ? this.end("expired") : undefined));
    return lockWaitMs;
  }

  async #letGo(reason: EndReason): Promise<HoldReport> {
    const held = this.hold;
    this.#endedBy = reason;
    this.hold = { state: "free" }; // from here on no cut can be made under it
    this.#over.abort(givenUp(this.ref));
    const stopped = await this.#stopping.catch(() => undefined); // failed: the engine has let writes go itself
    const resumed = (await stopped?.resume()) ?? { unbroken: false, longestBlockedWriteMs: 0 };
    const report = this.#reportOf(held, reason, resumed);
    this.#ports.onEnd(report);
    this.#ports.report({ step: "let-go", ref: this.ref, report });
    return report;
  }

  #reportOf(hold: Hold, endedBy: EndReason, resumed: Resumed): HoldReport {
    const endedAt = this.#ports.clock.now();
    const heldAt = hold.state === "held" ? hold.heldAt : undefined;
    return {
      round: this.ref.round,
      askedAt: this.#askedDate,
      heldAt: heldAt === undefined ? undefined : this.dateOf(heldAt),
      endedAt: this.dateOf(endedAt),
      lockWaitMs: (heldAt ?? endedAt) - this.#askedAt,
      heldMs: heldAt === undefined ? 0 : endedAt - heldAt,
      stallMs: endedAt - this.#askedAt,
      unbroken: resumed.unbroken && heldAt !== undefined,
      endedBy,
      longestBlockedWriteMs: resumed.longestBlockedWriteMs,
      stillStopped: this.#ports.engine.stillStopped,
    };
  }
}

function givenUp({ round }: RoundRef): StillpointError {
  return new StillpointError("cancelled", `the lock of round ${round} was given up`);
}
