// A process of the simulated world: a clock of its own that drifts, and gates. Whatever it does to the world goes through
// a gate, where it may be delayed, paused or killed, before its effect, in its midst or after it. The promises of a process
// that was killed never settle, and its timers never fire.
import type { Clock } from "../../runtime/clock.ts";
import type { Owner } from "./scheduler.ts";
import type { World } from "./world.ts";

/** What a gate does to whoever goes through it. */
export type GateFault = { kind: "pass"; delayMs: number } | { kind: "pause" } | { kind: "kill"; when: KillTime };
/** A power cut takes the machine's other processes too, and what its disk had not been made to keep. */
export type KillTime = "before" | "half-way" | "after";

export interface ClockFacts {
  /** Milliseconds of this clock in one millisecond of the world. */
  rate: number;
  /** How wrong the calendar is, in milliseconds. */
  dateOffset: number;
}

const startDate = Date.UTC(2026, 10, 22, 15, 4, 5, 123);

export class Process implements Owner {
  readonly name: string;
  readonly role: "coordinator" | "agent" | "server" | "agency";
  readonly clock: Clock;
  readonly startedAt: number;
  /** When it last began to run, for the first time or after a pause. */
  resumedAt: number;
  #state: Owner["state"] = "running";
  #deferred: (() => void)[] = [];
  readonly #world: World;
  readonly #onDeath = new Set<() => void>();
  readonly #rate: number;

  constructor(world: World, name: string, role: Process["role"], facts: ClockFacts) {
    this.#world = world;
    this.name = name;
    this.role = role;
    this.#rate = facts.rate;
    this.startedAt = world.now;
    this.resumedAt = world.now;
    const now = () => world.now * facts.rate;
    this.clock = {
      now,
      date: () => new Date(startDate + facts.dateOffset + Math.floor(now())),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get state(): Owner["state"] {
    return this.#state;
  }

  get isAlive(): boolean {
    return this.#state !== "dead";
  }

  defer(run: () => void): void {
    this.#deferred.push(run);
  }

  /** What must be known when it dies, such as by the other end of a connection. Returns how to take it back. */
  onDeath(told: () => void): () => void {
    if (this.#state === "dead")
      told(); // what it sent before its death may come after it
    else this.#onDeath.add(told);
    return () => this.#onDeath.delete(told);
  }

  kill(): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    this.#deferred = [];
    for (const told of [...this.#onDeath]) told();
    this.#onDeath.clear();
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    this.resumedAt = this.#world.now;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const run of deferred) this.#world.scheduler.after(0, this, run);
  }

  /** In the process's own milliseconds. */
  after(ms: number, run: () => void) {
    return this.#world.scheduler.after(ms / this.#rate, this, run);
  }

  afterPlain(ms: number, run: () => void) {
    return this.#world.scheduler.afterPlain(ms / this.#rate, this, run);
  }

  /**
   * Goes through a gate and has the effect on the world. `halfEffect` is what is done of it when the process is killed in its
   * midst.
   */
  perform<Value>(point: string, effect: () => Value, halfEffect?: () => void): Promise<Value> {
    if (this.#state === "dead") return never();
    const fault = this.#world.faults.atGate(this, point);
    if (fault.kind === "kill") return this.#dieAt(point, fault.when, effect, halfEffect);
    if (fault.kind === "pause") this.pause();
    if (fault.kind === "pass" && fault.delayMs === 0 && this.#state === "running") return attempt(effect);
    const delayMs = fault.kind === "pass" ? fault.delayMs : 0;
    return new Promise((resolve) => {
      this.#world.scheduler.after(delayMs, this, () => resolve(attempt(effect)));
    });
  }

  #dieAt<Value>(point: string, when: KillTime, effect: () => Value, halfEffect?: () => void): Promise<Value> {
    if (when === "half-way") halfEffect?.();
    if (when === "after") attempt(effect).catch(() => {}); // nobody is left to be told
    this.#world.trace(() => `${this.name} is killed ${when} "${point}"`);
    this.#world.faults.onKilledAtGate(this);
    return never();
  }

  #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener("abort", interrupt);
        resolve(true);
      };
      const event = this.after(ms, wake);
      const interrupt = () => {
        event.cancelled = true;
        resolve(false);
      };
      signal.addEventListener("abort", interrupt, { once: true });
    });
  }
}

function attempt<Value>(effect: () => Value): Promise<Value> {
  try {
    return Promise.resolve(effect());
  } catch (error) {
    return Promise.reject(error);
  }
}

export function never(): Promise<never> {
  return new Promise(() => {});
}
