// An engine on a database in memory. It keeps the contract of the port until a test tells it how not to.
import type { Engine, EngineState, Resumed, StoppedWrites, StopRequest } from "../../agent/engines/engine.ts";
import { cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { aborted, FilesInMemory, type Stop, TinyDatabase } from "./tiny-database.ts";

/**
 * - "hang": does not answer until its signal aborts or the engine is closed;
 * - an error: throws it; resume, which never throws, leaves writes stopped until the hold ends;
 * - "lie": stopWrites stops nothing, resume says that nothing was broken, inspect that all is well; the others do nothing.
 */
export type Misbehaviour = "hang" | "lie" | Error;

type Method = Exclude<keyof Engine, "kind" | "close"> | "resume";

export class FakeEngine implements Engine {
  readonly kind = "fake";
  /** Its writes are blocked as a real server's are: `database.write()`, `database.begin(owner, description)`. */
  readonly database: TinyDatabase;
  /** Set a method to make it misbehave, delete it to make it behave again. */
  readonly misbehaves: Partial<Record<Method, Misbehaviour>> = {};
  /** The methods that were called, in order. */
  readonly calls: Method[] = [];
  stillStopped: string | undefined;
  readonly #closed = new AbortController();
  #stop: Stop | undefined;

  /** `clock` times waits, holds and the age of transactions. */
  constructor({ clock = systemClock, database }: { clock?: Clock; database?: TinyDatabase } = {}) {
    this.database = database ?? new TinyDatabase(new FilesInMemory(), clock);
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    const healthy = (await this.#lies("inspect", signal)) || this.database.state === "open";
    const problem = healthy ? "" : `the database is ${this.database.state}`;
    return { healthy, problem, version: healthy ? "1.0" : "", openWrites: this.database.openWrites() };
  }

  async flush(signal: AbortSignal): Promise<void> {
    if (!(await this.#lies("flush", signal))) this.database.flush();
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    if (await this.#lies("stopWrites", signal)) return new FakeStop(this, undefined);
    const stop = await this.database.stopWrites(request, AbortSignal.any([signal, this.#closed.signal]));
    this.#stop = stop;
    return new FakeStop(this, stop);
  }

  async abortTransactions(signal: AbortSignal): Promise<number> {
    return (await this.#lies("abortTransactions", signal)) ? 0 : this.database.abortTransactions();
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    if (!(await this.#lies("stopServer", signal))) this.database.close();
  }

  async startServer(signal: AbortSignal): Promise<void> {
    if (!(await this.#lies("startServer", signal))) this.database.open();
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    this.database.letGo(this.#stop, "resumed");
  }

  /** The server lets writes go without being asked. */
  loseHold(): void {
    this.database.letGo(this.#stop, "crashed");
  }

  /** What StoppedWrites.resume does. */
  async resume(stop: Stop | undefined): Promise<Resumed> {
    const nothing = { unbroken: false, longestBlockedWriteMs: 0 };
    try {
      const lies = await this.#lies("resume", this.#closed.signal);
      const resumed = stop === undefined ? nothing : this.database.resumeWrites(stop.lockId);
      return lies ? { ...resumed, unbroken: true } : resumed;
    } catch {
      return nothing;
    }
  }

  async #lies(method: Method, signal: AbortSignal): Promise<boolean> {
    this.calls.push(method);
    const giveUp = AbortSignal.any([signal, this.#closed.signal]);
    const misbehaviour = this.misbehaves[method];
    if (misbehaviour === "hang") await aborted(giveUp);
    if (giveUp.aborted) throw cancelledBy(giveUp);
    if (misbehaviour instanceof Error) throw misbehaviour;
    return misbehaviour === "lie";
  }
}

class FakeStop implements StoppedWrites {
  readonly #engine: FakeEngine;
  readonly #stop: Stop | undefined;
  readonly #lost = new AbortController();
  #resumed: Promise<Resumed> | undefined;

  constructor(engine: FakeEngine, stop: Stop | undefined) {
    this.#engine = engine;
    this.#stop = stop;
    stop?.over.signal.addEventListener("abort", () => this.#onEnd(stop.over.signal.reason));
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  resume(): Promise<Resumed> {
    this.#resumed ??= this.#resume();
    return this.#resumed;
  }

  async #resume(): Promise<Resumed> {
    const resumed = await this.#engine.resume(this.#stop);
    if (!resumed.unbroken) this.#lose("the resume was not confirmed");
    return resumed;
  }

  #onEnd(why: unknown): void {
    if (why !== "resumed") this.#lose(`the hold was ${why}`);
  }

  #lose(why: string): void {
    this.#lost.abort(new StillpointError("hold-lost", why));
  }
}
