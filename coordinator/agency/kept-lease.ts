// A lease that is renewed until it is ended or lost.
//
// The lease is lost, for us, one margin before the store may end it: its time counts from when the last successful
// renewal was SENT, by our own monotonic clock. So two processes never both believe that they hold it, as long as no
// clock runs 10 % faster than another.
import { messageOf, StillpointError } from "../../proto/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Lease } from "./store.ts";

export interface KeptLeaseOptions {
  createRevision: number;
  ttlMs: number;
  clock: Clock;
  /** When the request that began the lease was sent, by the clock. */
  sentAt: number;
  /** Renews once. False: the key is not ours any more. An error: not known, to be tried again. */
  renew: (timeoutMs: number) => Promise<boolean>;
  /** The store's leases that are being kept: it is in there until it is ended or lost. */
  kept: Set<KeptLease>;
}

/** Shares of the lease's time: there is time for three renewals that get no answer. */
const renewalShare = 1 / 4;
const timeoutShare = 1 / 5;
const retryShare = 1 / 20;
const marginShare = 1 / 10;

export class KeptLease implements Lease {
  readonly createRevision: number;
  readonly signal: AbortSignal;
  readonly #options: KeptLeaseOptions;
  readonly #loss = new AbortController();
  readonly #end = new AbortController();
  readonly #ended: Promise<unknown>;
  #heldUntil: number;
  #lastProblem: unknown;

  constructor(options: KeptLeaseOptions) {
    this.#options = options;
    this.createRevision = options.createRevision;
    this.signal = this.#loss.signal;
    this.#heldUntil = this.#endOfLeaseSentAt(options.sentAt);
    options.kept.add(this);
    this.#ended = Promise.all([this.#keepRenewing(), this.#watchTime()]).finally(() => options.kept.delete(this));
  }

  isHeld(): boolean {
    if (this.#now >= this.#heldUntil) this.lose(`its lease could not be renewed in time${this.#because()}`);
    return !this.signal.aborted;
  }

  lose(why: string): void {
    this.#end.abort();
    if (!this.signal.aborted) {
      this.#loss.abort(new StillpointError("claim-lost", `the claim was lost: ${why}`, { cause: this.#lastProblem }));
    }
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.#ended;
  }

  get #now(): number {
    return this.#options.clock.now();
  }

  async #keepRenewing(): Promise<void> {
    const { ttlMs } = this.#options;
    let pauseMs = ttlMs * renewalShare;
    while (await this.#pausedFor(pauseMs)) {
      const renewed = await this.#renewOnce();
      pauseMs = ttlMs * (renewed ? renewalShare : retryShare);
    }
  }

  /** False once the lease has been ended or lost. */
  #pausedFor(ms: number): Promise<boolean> {
    return this.#options.clock.sleep(ms, this.#end.signal);
  }

  async #renewOnce(): Promise<boolean> {
    const sentAt = this.#now;
    try {
      const isOurs = await this.#options.renew(this.#options.ttlMs * timeoutShare);
      if (this.#end.signal.aborted) return false;
      if (isOurs) this.#extend(sentAt);
      else this.lose("its key was removed or its lease ended");
      return isOurs;
    } catch (error) {
      this.#lastProblem = error;
      return false;
    }
  }

  #extend(sentAt: number): void {
    if (!this.isHeld()) return;
    this.#heldUntil = this.#endOfLeaseSentAt(sentAt);
  }

  #endOfLeaseSentAt(sentAt: number): number {
    return sentAt + this.#options.ttlMs * (1 - marginShare);
  }

  /** Each renewal moves the time on; and a timer may fire a little early. */
  async #watchTime(): Promise<void> {
    while (await this.#pausedFor(Math.ceil(this.#heldUntil - this.#now))) {
      if (!this.isHeld()) return;
    }
  }

  #because(): string {
    return this.#lastProblem === undefined ? "" : ` (${messageOf(this.#lastProblem)})`;
  }
}

/** When a store closes: its leases end with their time, and whoever relies on one is told now. */
export async function abandon(kept: Set<KeptLease>): Promise<void> {
  const leases = [...kept];
  for (const lease of leases) lease.lose("the connection to the agency was closed");
  await Promise.all(leases.map((lease) => lease.end()));
}
