// The engine port on a simulated database. It speaks with its server as the engine `grpc` does: a stop is bound to a
// connection, so that writes go on when either side dies; a server that hangs is `unreachable` after a while.
import type { Engine, EngineState, Resumed, StoppedWrites, StopRequest } from "../../agent/engines/engine.ts";
import { cancelledBy } from "../../proto/call.ts";
import { hasReason, messageOf, StillpointError } from "../../proto/errors.ts";
import type { AgentHost } from "./agents.ts";
import type { Database, Stop, StopEnd } from "./database.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

const callTimeoutMs = 5_000;
const forever = new AbortController().signal;

export class SimulatedEngine implements Engine {
  readonly kind = "simulated";
  readonly #world: World;
  readonly #host: AgentHost;
  readonly #process: Process;

  constructor(world: World, host: AgentHost, process: Process) {
    this.#world = world;
    this.#host = host;
    this.#process = process;
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    try {
      const openWrites = await this.ask("inspect", (database) => database.openWrites(), signal);
      return { healthy: true, problem: "", version: "1", openWrites };
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      return { healthy: false, problem: messageOf(error), version: "", openWrites: undefined };
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.ask("flush", (database) => void database.files.nextStep(this.#world.writers.chance), signal);
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    const lost = new AbortController();
    const lose = (why: string) => lost.abort(new StillpointError("hold-lost", `lock "${request.lockId}": ${why}`));
    let stop: Stop | undefined;
    await this.#waitFor(
      "stop writes",
      (database, answer) => {
        stop = this.#newStop(request, (why) => lose(why), answer);
        if (!database.stopWrites(stop, request.waitMs)) {
          answer(new StillpointError("held-by-another", `held by "${database.stop?.lockId}"`));
        }
      },
      request.waitMs + callTimeoutMs,
      signal,
    ).catch((error: unknown) => {
      this.#giveUp(stop);
      throw error;
    });
    return { lost: lost.signal, resume: once(() => this.#resume(request.lockId, lost.signal, lose, stop)) };
  }

  abortTransactions(signal: AbortSignal): Promise<number> {
    return this.ask("abort transactions", (database) => database.abortTransactions(), signal);
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledBy(signal);
    await this.#process.perform("stop server", () => this.#host.stopDatabase());
  }

  async startServer(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelledBy(signal);
    await this.#process.perform("start server", () => this.#host.startDatabase());
  }

  async close(): Promise<void> {}

  /** One question to the server, answered while both live. */
  async ask<Value>(what: string, question: (database: Database) => Value, signal: AbortSignal): Promise<Value> {
    let value: Value | undefined;
    await this.#waitFor(
      what,
      (database, answer) => {
        value = question(database);
        answer();
      },
      callTimeoutMs,
      signal,
    );
    return value as Value;
  }

  async #waitFor(
    what: string,
    question: (database: Database, answer: (error?: StillpointError) => void) => void,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) throw cancelledBy(signal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {}); // it may fail before it is awaited
    const settle = (error?: unknown) => (error === undefined ? resolve() : reject(error));
    const unreachable = (why: string) => settle(new StillpointError("unreachable", `database server: ${why}`));
    const cancel = () => settle(cancelledBy(signal));
    signal.addEventListener("abort", cancel, { once: true });
    const timeout = this.#process.after(timeoutMs, () => unreachable("no answer"));
    let untold = () => {};
    let isOver = false;
    await this.#process.perform(what, () => {
      const { database } = this.#host;
      if (!database?.isOpen) return unreachable("connection refused");
      untold = database.process.onDeath(() => this.#process.after(0, () => unreachable("connection reset")));
      const { chance } = this.#world.networkChance;
      const answer = (error?: StillpointError) =>
        void this.#process.after(chance.between(0.01, 0.2), () => settle(error));
      database.process.after(chance.between(0.01, 0.2), () => {
        if (database.isOpen && !isOver) question(database, answer);
      });
    });
    try {
      await promise;
    } finally {
      isOver = true;
      timeout.cancelled = true;
      untold();
      signal.removeEventListener("abort", cancel);
    }
  }

  #newStop(request: StopRequest, onLost: (why: StopEnd) => void, answer: (error?: StillpointError) => void): Stop {
    const { lockId, holdMs, waitMs } = request;
    return {
      lockId,
      holdMs,
      askedAt: this.#world.now,
      heldAt: undefined,
      owner: this.#process,
      onHeld: () => answer(),
      onBusy: (blockers) =>
        answer(new StillpointError("lock-busy", `write transactions did not end within ${waitMs} ms`, { blockers })),
      onLost: (why) => {
        answer(new StillpointError("unreachable", `the stop ended: ${why}`));
        this.#process.after(0.1, () => onLost(why));
      },
    };
  }

  /** The end of the connection lets writes go, as soon as the server sees it. */
  #giveUp(stop: Stop | undefined): void {
    const { database } = this.#host;
    if (stop === undefined || database === undefined || !this.#process.isAlive) return;
    database.process.after(0.1, () => database.letGo(stop, "given up"));
  }

  async #resume(
    lockId: string,
    lost: AbortSignal,
    lose: (why: string) => void,
    stop: Stop | undefined,
  ): Promise<Resumed> {
    try {
      const unbroken = await this.ask("resume writes", (database) => database.resumeWrites(lockId), forever);
      if (!unbroken) lose("writes went on before they were let go");
    } catch (error) {
      if (!hasReason(error, "unreachable")) throw error;
      lose(error.message);
      this.#giveUp(stop);
    }
    return { unbroken: !lost.aborted, longestBlockedWriteMs: 0 };
  }
}

function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let started: Promise<Value> | undefined;
  return () => {
    started ??= work();
    return started;
  };
}
