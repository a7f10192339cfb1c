// Keeps the fence (hold.ts) and the one session (lock-session.ts) that may have the engine, and remembers the report of
// each round for a Release that is repeated.
import { cancelledBy } from "../proto/call.ts";
import { StillpointError } from "../proto/errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Engine } from "./engines/engine.ts";
import {
  beginRound,
  type EndReason,
  endRounds,
  type Fence,
  type Hold,
  holds,
  openFence,
  type RoundRef,
  sameRound,
  seeRun,
} from "./hold.ts";
import { type HoldReport, type LockEvent, type Locked, type LockRequest, LockSession } from "./lock-session.ts";

const keptReports = 64;
/** After the end of a hold. Shorter than what a coordinator allows for, so that our answer comes before it gives up. */
const letGoWithinMs = 1_000;
/** Said once: a signal without a reason makes an error of its own. */
const inTime = "in time";

export interface DoneUnderHold<Result> {
  result: Result;
  doneAt: Date;
  report: HoldReport;
}

export class LockKeeper {
  #fence: Fence = openFence;
  #session: LockSession | undefined;
  #closing = false;
  readonly #reports = new Map<string, HoldReport>();
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #report: (event: LockEvent) => void;

  constructor(engine: Engine, clock: Clock, report: (event: LockEvent) => void) {
    this.#engine = engine;
    this.#clock = clock;
    this.#report = report;
  }

  get hold(): Hold {
    return this.#session?.hold ?? { state: "free" };
  }

  /** Takes note of a run. A run with a larger token ends whatever an older one holds. @throws stale-round */
  async see(run: { backupId: string; token: number }): Promise<void> {
    this.#fence = seeRun(this.#fence, run);
    if (this.#session !== undefined && this.#session.ref.token < run.token) await this.#session.end("superseded");
  }

  /**
   * Stops writes for this round. `caller` ends the waiting, never a lock that is held.
   * @throws StillpointError lock-busy, stale-round, held-by-another, cancelled, unreachable
   */
  async lock(request: LockRequest, caller: AbortSignal): Promise<Locked> {
    for (;;) {
      if (caller.aborted) throw cancelledBy(caller);
      if (this.#closing) throw new StillpointError("unreachable", "the agent is shutting down");
      this.#fence = beginRound(this.#fence, request); // again after each wait: others may have moved it
      this.#session ??= this.#open(request);
      if (sameRound(this.#session.ref, request) && !this.#session.isEnding) return await this.#session.join(caller);
      await this.#session.end("superseded");
    }
  }

  /**
   * Runs `work` under the hold of this round and lets writes go as soon as it is done. `doneAt` lies within the hold.
   * @throws StillpointError hold-lost, unless the hold was unbroken from the lock until after the work. It is told as soon as it
   * is known: `work` may go on then, and writes may still be on their way to go on
   */
  async under<Result>(ref: RoundRef, work: () => Promise<Result>): Promise<DoneUnderHold<Result>> {
    this.#fence = seeRun(this.#fence, ref);
    const session = this.#session;
    if (session === undefined || !this.#holds(ref)) throw notHeld(ref, this.hold);
    const working = work().then((result) => {
      return { result, doneAt: session.dateOf(this.#clock.now()), heldUntilNow: this.#holds(ref) };
    });
    try {
      const done = await Promise.race([working, session.isOver]);
      if (done === undefined) throw broke(ref, session.endedBy);
      const report = await this.#letGoInTime(session);
      if (report === undefined) throw stillLettingGo(ref);
      const { result, doneAt, heldUntilNow } = done;
      if (heldUntilNow && report.unbroken) return { result, doneAt, report };
      throw broke(ref, report.endedBy);
    } finally {
      void session.end("released"); // whoever releases, locks or closes waits for the end of it
    }
  }

  /** Ends this round and all before it. Repeatable, never refused. Says how the round's hold was. */
  async release(ref: RoundRef): Promise<HoldReport | undefined> {
    this.#fence = endRounds(this.#fence, ref);
    const session = this.#session;
    if (session !== undefined && isOver(session.ref, this.#fence)) await session.end("released");
    return this.#reports.get(keyOf(ref));
  }

  /** Lets writes go, whoever stopped them, and lets nobody stop them again. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#session?.end("shutdown");
  }

  /** Undefined if the engine takes longer than the hold could have lasted, and a little. */
  async #letGoInTime(session: LockSession): Promise<HoldReport | undefined> {
    const { hold } = session;
    const leftMs = hold.state === "held" ? hold.expiresAt - this.#clock.now() : 0;
    const ending = session.end("snapshot"); // before all else: writes wait for it
    const ended = new AbortController();
    const tooLate = this.#clock.sleep(Math.max(0, leftMs) + letGoWithinMs, ended.signal).then(() => undefined);
    try {
      return await Promise.race([ending, tooLate]);
    } finally {
      ended.abort(inTime);
    }
  }

  #holds(ref: RoundRef): boolean {
    return holds(this.hold, ref, this.#clock.now());
  }

  #open(request: LockRequest): LockSession {
    const onEnd = (report: HoldReport) => {
      this.#session = undefined;
      this.#fence = endRounds(this.#fence, request);
      this.#remember(request, report);
    };
    return new LockSession(request, { engine: this.#engine, clock: this.#clock, report: this.#report, onEnd });
  }

  #remember(ref: RoundRef, report: HoldReport): void {
    this.#reports.set(keyOf(ref), report);
    const [oldest] = this.#reports.keys();
    if (oldest !== undefined && this.#reports.size > keptReports) this.#reports.delete(oldest);
  }
}

function keyOf({ backupId, token, round }: RoundRef): string {
  return `${token}/${round}/${backupId}`;
}

function isOver(ref: RoundRef, fence: Fence): boolean {
  return ref.token < fence.token || (ref.token === fence.token && ref.round <= fence.endedRound);
}

function broke({ round }: RoundRef, endedBy: EndReason): StillpointError {
  const hint =
    "look at the agent's and the server's log; what is large and of no known file class is copied under the lock, for which a longer --hold may help";
  return new StillpointError("hold-lost", `the hold of round ${round} broke during the cut (${endedBy})`, { hint });
}

function stillLettingGo({ round }: RoundRef): StillpointError {
  const message = `the hold of round ${round} is over, and the engine has not let writes go yet`;
  const hint =
    "look why it takes the engine so long to resume (an exec engine's resume command; the agent's and the server's log)";
  return new StillpointError("hold-lost", message, { hint });
}

function notHeld(ref: RoundRef, hold: Hold): StillpointError {
  const now =
    hold.state === "free" ? "writes are not stopped" : `the agent is ${hold.state} for round ${hold.ref.round}`;
  return new StillpointError("hold-lost", `no hold of round ${ref.round} for backup "${ref.backupId}": ${now}`, {
    hint: "lock all servers again: the hold ended, was released or never was",
  });
}
