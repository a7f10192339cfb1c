// What lies between the coordinator and a fake. It records each call with its time, and may delay, refuse or lose it.
import { cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/**
 * - an error: the call fails with it, without any effect;
 * - "hang": nothing happens until the caller goes away or the transport gives up;
 * - "lost": the call has its effect, the answer never comes;
 * - a function: is called before the call has its effect; what it throws is the answer.
 */
export type Fault = Error | "hang" | "lost" | (() => void | Promise<void>);

/** A call, with what it said. */
export interface Call {
  at: number;
  /** A server's id, or "agency". */
  to: string;
  method: string;
  [detail: string]: unknown;
}

const transportMs = 180_000;
const forever = new AbortController().signal;

export class FakeWire<Method extends string> {
  readonly faults: Partial<Record<Method, Fault>> = {};
  /** How long a call takes before it has its effect. */
  readonly takesMs: Partial<Record<Method, number>> = {};
  readonly #faultsOnce = new Map<Method, Fault>();
  readonly #to: string;
  readonly #clock: VirtualClock;
  readonly #calls: Call[];

  constructor(to: string, clock: VirtualClock, calls: Call[]) {
    this.#to = to;
    this.#clock = clock;
    this.#calls = calls;
  }

  /** The next call of this method is at fault, and no other. */
  failOnce(method: Method, fault: Fault): void {
    this.#faultsOnce.set(method, fault);
  }

  async carry<Value>(
    method: Method,
    details: object,
    signal: AbortSignal | undefined,
    effect: () => Value | Promise<Value>,
  ): Promise<Value> {
    if (signal?.aborted) throw cancelledBy(signal);
    this.#calls.push({ at: this.#clock.now(), to: this.#to, method, ...details });
    const fault = this.#faultOf(method);
    if (fault === "hang") await this.#pass(transportMs, signal);
    if (fault === "hang") throw this.#unreachable(method);
    if (fault instanceof Error) throw fault;
    if (typeof fault === "function") await fault();
    await this.#pass(this.takesMs[method] ?? 0, signal);
    const value = await orCancelled(effect, signal);
    if (fault === "lost") throw this.#unreachable(method);
    return value;
  }

  #faultOf(method: Method): Fault | undefined {
    const fault = this.#faultsOnce.get(method) ?? this.faults[method];
    this.#faultsOnce.delete(method);
    return fault;
  }

  async #pass(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (ms > 0) await this.#clock.sleep(ms, signal ?? forever);
    if (signal?.aborted) throw cancelledBy(signal);
  }

  #unreachable(method: Method): StillpointError {
    return new StillpointError("unreachable", `${method}: no answer`);
  }
}

/** When the caller goes away it hears nothing more of the call, which goes on. */
async function orCancelled<Value>(effect: () => Value | Promise<Value>, signal: AbortSignal | undefined) {
  if (signal === undefined) return await effect();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(cancelledBy(signal));
  signal.addEventListener("abort", cancel);
  try {
    return await Promise.race([(async () => await effect())(), gone]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
