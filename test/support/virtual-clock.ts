// Time that moves only when a test says so. Before it moves, all that can happen without time has happened: every promise
// that is due is settled. So a run is the same each time, and what waits for something that never comes is found at once.
import { setImmediate as allIsSettled } from "node:timers/promises";
import type { Clock } from "../../runtime/clock.ts";

interface Sleeper {
  wakeAt: number;
  wake: () => void;
}

const startDate = Date.UTC(2026, 10, 22, 15, 4, 5, 123);
/** No test is about more than this. */
const dayMs = 86_400_000;

export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(startDate + this.#now);
  }

  sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const sleeper = { wakeAt: this.#now + Math.max(0, ms), wake: () => end(true) };
    const interrupt = () => end(false);
    const end = (ranOut: boolean) => {
      this.#sleepers.delete(sleeper);
      signal.removeEventListener("abort", interrupt);
      resolve(ranOut);
    };
    this.#sleepers.add(sleeper);
    signal.addEventListener("abort", interrupt);
    return promise;
  }

  /** Lets `ms` pass, and all happen that happens meanwhile. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await allIsSettled();
    while ((this.#next()?.wakeAt ?? Number.POSITIVE_INFINITY) <= until) await this.#wakeNext();
    this.#now = until;
  }

  /** Lets time pass until the work has ended. @throws what the work throws; an error if the work would never end */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await allIsSettled();
    while (!ended) {
      if (this.#now > dayMs) throw new Error(`the work has not ended after ${this.#now} ms`);
      await this.#wakeNext();
    }
    return await work;
  }

  async #wakeNext(): Promise<void> {
    const next = this.#next();
    if (next === undefined) throw new Error(`at ${this.#now} ms nobody sleeps: what is waited for never comes`);
    this.#now = next.wakeAt;
    next.wake();
    await allIsSettled();
  }

  /** Of those that wake at the same time, the one that went to sleep first. */
  #next(): Sleeper | undefined {
    const sleepers = [...this.#sleepers];
    return sleepers.reduce<Sleeper | undefined>(
      (first, each) => (first === undefined || each.wakeAt < first.wakeAt ? each : first),
      undefined,
    );
  }
}
