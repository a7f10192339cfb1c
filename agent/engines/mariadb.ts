// The engine "mariadb": writes are stopped by BACKUP STAGE (mariadb/stop.ts), and a piece is a base and the binary logs up to
// the cut (mariadb/binlog-maker.ts), or a snapshot of the file system (mariadb/snapshot-maker.ts).
import { cancelledBy } from "../../proto/call.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import type { Engine, EngineState, PieceMaker, StoppedWrites, StopRequest } from "./engine.ts";
import { startGated, stopGated } from "./gated-server.ts";
import { BinlogMaker } from "./mariadb/binlog-maker.ts";
import { blockersOf, kill, killAll } from "./mariadb/blockers.ts";
import { mariadbLayout } from "./mariadb/layout.ts";
import type { Programs } from "./mariadb/programs.ts";
import { factsOf, hasMyRocks, problemsOf } from "./mariadb/readiness.ts";
import { Shutdown } from "./mariadb/restart.ts";
import { type MariadbAddress, Session } from "./mariadb/session.ts";
import { shareBackups } from "./mariadb/share-backups.ts";
import { SnapshotMaker } from "./mariadb/snapshot-maker.ts";
import { type HeldStage, type StopPorts, stopByStage } from "./mariadb/stop.ts";
import { type ServerCommands, type ServerLimits, startByCommand, stopByCommand } from "./server-commands.ts";

/** Without stopServer and startServer, whatever supervises the server starts it again when it ends (gated-server.ts). */
export interface MariadbOptions extends MariadbAddress, ServerCommands {
  /** Full path; the server must call it the same. */
  dataDir: string;
  /** "binlog" by default. */
  method?: "binlog" | "snapshot";
  programs?: Programs;
  /** Longest time for an answer, beside the waiting that was asked for. 5,000 by default. */
  callTimeoutMs?: number;
  /** Longest time that the copy before the lock may wait for its own lock. 5,000 by default. */
  baseWaitMs?: number;
  /** Longest time to stop and to start the server. 120,000 by default. */
  serverTimeoutMs?: number;
}

export function mariadbEngine(options: MariadbOptions): Engine {
  return new MariadbEngine(options);
}

class MariadbEngine implements Engine {
  readonly kind = "mariadb";
  readonly maker: PieceMaker;
  readonly #options: MariadbOptions;
  readonly #callTimeoutMs: number;
  readonly #shutdown: Shutdown;
  readonly #closed = new AbortController();
  /** For all but stops. */
  #session: Promise<Session> | undefined;
  /** Made in advance, for a stop. */
  #spare: Session | undefined;
  #stopping: Promise<HeldStage> | undefined;
  #held: HeldStage | undefined;

  constructor(options: MariadbOptions) {
    const { callTimeoutMs = 5_000, baseWaitMs = 5_000, dataDir, programs = {} } = options;
    this.#options = options;
    this.#callTimeoutMs = callTimeoutMs;
    this.#shutdown = new Shutdown(dataDir, () => this.#open(), callTimeoutMs);
    const session = () => this.#ready();
    this.maker =
      options.method === "snapshot"
        ? new SnapshotMaker({ dataDir, programs }, mariadbLayout("snapshot"))
        : new BinlogMaker({ dataDir, server: options, programs, session, callTimeoutMs, baseWaitMs });
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    try {
      const session = await this.#ready();
      const { dataDir, username: user, method = "binlog" } = this.#options;
      const facts = await factsOf(session, this.#callTimeoutMs);
      if (hasMyRocks(facts)) await shareBackups(dataDir);
      const problems = await problemsOf(facts, { dataDir, method, user });
      const openWrites = await this.#blockers();
      const problem = problems.length === 0 ? "" : `${session.peer}: ${problems.join("; ")}`;
      return { healthy: problem === "", problem, version: facts.version, openWrites };
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      return { healthy: false, problem: messageOf(error), version: "", openWrites: undefined };
    }
  }

  /** Nothing has to be written: a commit is in the binary log when it is acknowledged. But the next stop has its connection. */
  async flush(): Promise<void> {
    if (this.#spare?.ended.aborted === false) return;
    this.#spare = await this.#open();
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    const giveUp = AbortSignal.any([signal, this.#closed.signal]);
    if (giveUp.aborted) throw cancelledBy(giveUp);
    if (this.#stopping !== undefined || this.#held?.isOver === false) {
      throw new StillpointError("held-by-another", "this agent has stopped the writes already");
    }
    this.#stopping = stopByStage(this.#stopPorts, request, giveUp);
    try {
      this.#held = await this.#stopping;
      return this.#held;
    } finally {
      this.#stopping = undefined;
    }
  }

  async abortTransactions(): Promise<number> {
    const session = await this.#ready();
    const blockers = await blockersOf(session, this.#callTimeoutMs);
    return await killAll(session, blockers, this.#callTimeoutMs);
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    if (this.#hasCommands()) await stopByCommand(this.#options, this.#serverLimits(signal));
    else await stopGated(this.#gated, this.#serverLimits(signal));
  }

  async startServer(signal: AbortSignal): Promise<void> {
    const inspect = (each: AbortSignal) => this.inspect(each);
    if (this.#hasCommands()) await startByCommand(this.#options, inspect, this.#serverLimits(signal));
    else await startGated(this.#gated, this.#serverLimits(signal));
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    const held = await this.#stopping?.catch(() => undefined);
    await (held ?? this.#held)?.resume();
    await this.#held?.closed();
    const session = await this.#session?.catch(() => undefined);
    await Promise.all([session, this.#spare].map((each) => each?.close(this.#callTimeoutMs)));
  }

  async #blockers() {
    return await blockersOf(await this.#ready(), this.#callTimeoutMs);
  }

  get #stopPorts(): StopPorts {
    return {
      open: () => this.#takeSpare(),
      kill: async (waiting) => {
        const session = await this.#ready();
        await kill(session, waiting.id, this.#callTimeoutMs);
      },
      blockers: () => this.#blockers(),
      callTimeoutMs: this.#callTimeoutMs,
    };
  }

  get #gated() {
    const { dataDir } = this.#options;
    const [shutDown, isUp] = [() => this.#shutdown.begin(), () => this.#shutdown.isUp()];
    return { dataDir, shutDown, isUp, inspect: (signal: AbortSignal) => this.inspect(signal) };
  }

  #hasCommands(): boolean {
    return this.#options.stopServer !== undefined || this.#options.startServer !== undefined;
  }

  #serverLimits(signal: AbortSignal): ServerLimits {
    const timeoutMs = this.#options.serverTimeoutMs ?? 120_000;
    return { timeoutMs, signal: AbortSignal.any([signal, this.#closed.signal]) };
  }

  /** The one that is there, or a new one, which all get who ask meanwhile. */
  async #ready(): Promise<Session> {
    const last = this.#session;
    const session = await last?.catch(() => undefined);
    if (session?.ended.aborted === false) return session;
    if (this.#session === last) this.#session = this.#open();
    return await (this.#session as Promise<Session>);
  }

  async #takeSpare(): Promise<Session> {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.ended.aborted === false ? spare : await this.#open();
  }

  async #open(): Promise<Session> {
    return await Session.open(this.#options, this.#callTimeoutMs);
  }
}
