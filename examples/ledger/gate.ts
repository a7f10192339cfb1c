// The write gate. A write transaction is inside from its beginning to its end on every server that it touches; writes
// are stopped when nobody is inside and nobody comes in. This is all that a consistent backup asks of a database.
//
//   open ──stop──▶ closing ──the last one left──▶ stopped ──resume, hold over, signal──▶ open
//    ▲──wait over, resume, signal──┘
import { EventEmitter, once } from "node:events";
import { StillpointError, type WriteTransaction } from "../../proto/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import { type Description, OpenWrite } from "./open-write.ts";

export interface StopRequest {
  /** Unique for each stop. */
  id: string;
  /** Longest time to wait for those inside. */
  waitMs: number;
  /** Longest time that writes stay stopped. */
  holdMs: number;
}

export type StopResult =
  /** These were in the way, oldest first, and writes go on. */
  | { blockers: WriteTransaction[] }
  /** Writes are stopped until this resolves: true when the hold ran out, false when they were let go. */
  | { expired: Promise<boolean> };

interface Stop {
  id: string;
  inForce: boolean;
  firstBlockedAt: number | undefined;
  resumed: AbortController;
}

export class Gate {
  readonly #inside = new Set<OpenWrite>();
  readonly #events = new EventEmitter<{ left: []; opened: [] }>().setMaxListeners(0);
  #stop: Stop | undefined;
  #closed = false;

  /** Comes in; waits while writes are stopped. */
  async enter(description: Description, signal: AbortSignal): Promise<OpenWrite> {
    for (;;) {
      const write = this.tryEnter(description);
      if (write !== undefined) return write;
      await this.#next("opened", signal);
      signal.throwIfAborted();
    }
  }

  /**
   * Comes in, or says at once that writes are stopped or about to be. For a transaction that is inside another server's
   * gate: if it waited here, a stop there would wait for the end of the stop here.
   */
  tryEnter(description: Description): OpenWrite | undefined {
    this.#mustNotBeClosed();
    if (this.#stop !== undefined) {
      this.#stop.firstBlockedAt ??= performance.now();
      return undefined;
    }
    const write = new OpenWrite(description, () => {
      if (this.#inside.delete(write)) this.#events.emit("left");
    });
    this.#inside.add(write);
    return write;
  }

  /** Oldest first. */
  openWrites(): WriteTransaction[] {
    return [...this.#inside].map((write) => ({ ...write.description, ageMs: write.ageMs }));
  }

  /**
   * Lets nobody in and waits for those inside. Writes go on when the signal aborts, at any time.
   * @throws StillpointError held-by-another; cancelled
   */
  async stop({ id, waitMs, holdMs }: StopRequest, signal: AbortSignal): Promise<StopResult> {
    this.#mustNotBeClosed();
    if (this.#stop !== undefined) {
      throw new StillpointError("held-by-another", `writes are stopped already, by "${this.#stop.id}"`);
    }
    const resumed = new AbortController();
    const stop: Stop = { id, inForce: false, firstBlockedAt: undefined, resumed };
    this.#stop = stop;
    const cancelled = AbortSignal.any([signal, resumed.signal]);
    const waitIsOver = AbortSignal.any([cancelled, AbortSignal.timeout(waitMs)]);
    while (this.#inside.size > 0 && !waitIsOver.aborted) await this.#next("left", waitIsOver);
    if (this.#inside.size === 0 && !cancelled.aborted) return { expired: this.#hold(stop, holdMs, cancelled) };
    const result = { blockers: this.openWrites() };
    const { reason } = cancelled;
    this.resume(id);
    if (reason !== undefined) throw reason;
    return result;
  }

  /** Lets writes go on. Undefined if they were not stopped by this id, from the stop until now. */
  resume(id: string): { longestBlockedMs: number } | undefined {
    const stop = this.#stop;
    if (stop?.id !== id) return undefined;
    this.#stop = undefined;
    stop.resumed.abort(new StillpointError("cancelled", "writes were let go"));
    this.#events.emit("opened");
    if (!stop.inForce) return undefined;
    // Of all blocked writes the first one was blocked longest.
    return { longestBlockedMs: stop.firstBlockedAt === undefined ? 0 : performance.now() - stop.firstBlockedAt };
  }

  /** Aborts open writes, those with these ids or all. Returns how many: who has promised to commit stays. */
  abort(ids: readonly string[], reason: StillpointError): number {
    const chosen = [...this.#inside].filter((write) => ids.length === 0 || ids.includes(write.description.id));
    return chosen.filter((write) => write.abort(reason)).length;
  }

  /** Refuses everybody from now on, ends a stop, aborts who can be aborted, and waits for the last one to leave. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#stop !== undefined) this.resume(this.#stop.id);
    this.abort([], closedError());
    while (this.#inside.size > 0) await once(this.#events, "left");
  }

  async #hold(stop: Stop, holdMs: number, cancelled: AbortSignal): Promise<boolean> {
    stop.inForce = true;
    const expired = await systemClock.sleep(holdMs, cancelled);
    this.resume(stop.id);
    return expired;
  }

  #mustNotBeClosed(): void {
    if (this.#closed) throw closedError();
  }

  async #next(event: "left" | "opened", signal: AbortSignal): Promise<void> {
    await once(this.#events, event, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

export function closedError(): StillpointError {
  return new StillpointError("unreachable", "the database is closed");
}
