// The engine "redis": a primary of Redis or Valkey, version 7 or later, on this machine. Writes are stopped by CLIENT PAUSE
// (redis/stop.ts, redis/pause.ts). With AOF the piece is links of its files; without, it is a save begun under the lock
// (redis/background-save.ts). docs/ENGINES.md tells its users what this means.
import { cancelledBy } from "../../proto/call.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import type { Engine, EngineState, PieceMaker, StoppedWrites, StopRequest } from "./engine.ts";
import { AofBuffer } from "./redis/aof-buffer.ts";
import { BackgroundSave } from "./redis/background-save.ts";
import { killScript } from "./redis/blocker.ts";
import type { RedisAddress } from "./redis/connection.ts";
import { stateOf } from "./redis/inspect.ts";
import type { Pause } from "./redis/pause.ts";
import { startRedis, stopRedis } from "./redis/restart.ts";
import { RedisServer } from "./redis/server.ts";
import { readInfo } from "./redis/server-info.ts";
import { stopRedisWrites } from "./redis/stop.ts";
import type { ServerCommands, ServerLimits } from "./server-commands.ts";

/** Without stopServer and startServer, a supervisor must start the server anew whenever it ends (gated-server.ts). */
export interface RedisOptions extends RedisAddress, ServerCommands {
  /** Full path of the server's `dir`, as this process sees it. */
  dataDir: string;
  /** Longest time for an answer, beside the waiting that was asked for. 5,000 by default. */
  callTimeoutMs?: number;
  /** Longest time to stop the server, and to start it: with much data, it loads for long. 600,000 by default. */
  serverTimeoutMs?: number;
}

export function redisEngine(options: RedisOptions): Engine {
  return new RedisEngine(options);
}

class RedisEngine implements Engine {
  readonly kind = "redis";
  readonly #options: RedisOptions;
  readonly #server: RedisServer;
  readonly #buffer: AofBuffer;
  readonly #save: BackgroundSave;
  readonly #closed = new AbortController();
  #stopping: Promise<Pause> | undefined;
  #pause: Pause | undefined;
  /** As it was when the piece was begun. */
  #hasAof: boolean | undefined;

  constructor(options: RedisOptions) {
    const { dataDir, callTimeoutMs = 5_000 } = options;
    this.#options = options;
    this.#server = new RedisServer(options, callTimeoutMs);
    this.#buffer = new AofBuffer(dataDir);
    this.#save = new BackgroundSave(dataDir, this.#server);
  }

  get maker(): PieceMaker | undefined {
    return this.#hasAof === false ? this.#save : undefined;
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    const limits = this.#limits(signal);
    try {
      const connection = await this.#server.connect();
      if (!this.#isHolding) await this.#buffer.putBack(connection, limits);
      return await stateOf(connection, this.#options.dataDir, limits);
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      if (!this.#isHolding) await this.#server.drop(); // one that is silent is not asked more and more
      return { healthy: false, problem: messageOf(error), version: "", openWrites: undefined };
    }
  }

  /** There is nothing to flush: Redis writes before it acknowledges. But the piece depends on how it does that. */
  async flush(signal: AbortSignal): Promise<void> {
    const { aof } = await readInfo(await this.#server.connect(), this.#limits(signal));
    this.#hasAof = aof !== undefined;
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    const giveUp = AbortSignal.any([signal, this.#closed.signal]);
    if (giveUp.aborted) throw cancelledBy(giveUp);
    if (this.#isHolding) throw new StillpointError("held-by-another", "this agent has stopped the writes already");
    const toStop = { server: this.#server, buffer: this.#buffer, hasAof: this.#hasAof };
    this.#stopping = stopRedisWrites(toStop, request, giveUp);
    try {
      this.#pause = await this.#stopping;
      return this.#pause;
    } finally {
      this.#stopping = undefined;
    }
  }

  async abortTransactions(signal: AbortSignal): Promise<number> {
    return await killScript(await this.#server.connect(), this.#limits(signal));
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    await stopRedis(this.#restarted, this.#serverLimits(signal));
  }

  async startServer(signal: AbortSignal): Promise<void> {
    await startRedis(this.#restarted, this.#serverLimits(signal));
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    await this.#stopping?.catch(() => {}); // whoever asked for it is told
    await this.#pause?.resume();
    await this.#server.end();
  }

  get #isHolding(): boolean {
    return this.#stopping !== undefined || this.#pause?.isOver === false;
  }

  get #restarted() {
    const inspect = (signal: AbortSignal) => this.inspect(signal);
    return { ...this.#options, server: this.#server, inspect };
  }

  #limits(signal: AbortSignal) {
    return { timeoutMs: this.#server.timeoutMs, signal: AbortSignal.any([signal, this.#closed.signal]) };
  }

  #serverLimits(signal: AbortSignal): ServerLimits {
    const { serverTimeoutMs = 600_000 } = this.#options;
    return { ...this.#limits(signal), timeoutMs: serverTimeoutMs };
  }
}
