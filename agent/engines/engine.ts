// The port to a database server: all that the agent asks of it. Every engine passes test/contracts/engine.ts.
import type { WriteTransaction } from "../../proto/errors.ts";

export interface Engine {
  /** As configured, and as META.json names it: "grpc", "exec". */
  readonly kind: string;

  /**
   * Why writes may be stopped though nobody holds them any more: letting them go has failed. Undefined when they go. The engine
   * goes on trying, is not healthy, and stops no writes meanwhile.
   */
  readonly stillStopped?: string | undefined;

  /** For an engine whose files cannot be cut by links: it makes the piece's files itself. Asked after each `flush`. */
  readonly maker?: PieceMaker | undefined;

  /**
   * Whether the server can be reached and could stop writes now. A server that is down is a `problem`, not an error: only
   * `signal` makes it throw.
   */
  inspect(signal: AbortSignal): Promise<EngineState>;

  /** Lets the server write to its files what it can, while writes go on. Called before the lock. */
  flush(signal: AbortSignal): Promise<void>;

  /**
   * Stops all writes: those that began before have ended, no other begins, and all that was acknowledged is in the
   * files. Reads go on.
   *
   * The server lets writes go by itself `holdMs` after it stopped them, and at once when this process dies.
   * `signal` ends the waiting only, never a stop that was answered. After an error, writes go on (again), unless `stillStopped`
   * says otherwise.
   * @throws StillpointError lock-busy with the blockers, when `waitMs` is over; held-by-another, and what that other
   * holds stays held; unreachable; cancelled by `signal`.
   */
  stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites>;

  /** Aborts the open write transactions that may be aborted. Returns how many; 0 if the engine cannot. */
  abortTransactions(signal: AbortSignal): Promise<number>;

  /**
   * Makes the server give up all files of the data directory, so that they can be exchanged. Repeatable.
   * @throws StillpointError invalid, if it is not configured how
   */
  stopServer(signal: AbortSignal): Promise<void>;

  /**
   * Makes the server work on the files as they are now, and checks that it does. Repeatable.
   * @throws StillpointError corrupt, if the server cannot use them; invalid, if it is not configured how
   */
  startServer(signal: AbortSignal): Promise<void>;

  /** Ends connections and child processes. Writes go on. Repeatable. */
  close(): Promise<void>;
}

/**
 * Makes a piece's files instead of the agent's links: a base before the lock, what is settled under it, and the rest after.
 * `dir` is the piece's `data/`, which looks like the data directory and is empty at first. What is put there is private: no
 * file shares its inode with one of the live database. A piece whose agent dies before it is sealed is thrown away, so
 * that what is known between the steps may be kept in memory.
 */
export interface PieceMaker {
  /** Before the lock, while writes go on: all that is slow. Repeatable: what an earlier call left is of no use. */
  prepare(dir: string, signal: AbortSignal): Promise<void>;

  /** While writes are stopped by this engine: settles which instant the piece shows. A later cut replaces the one before. */
  cut(dir: string): Promise<MadeCut>;

  /**
   * For a restore: makes a data directory that the server can be started on out of a private copy of a piece's data, in
   * its place. The server itself is not touched: it works on its old data meanwhile.
   * @throws StillpointError corrupt, if that cannot be done with this piece
   */
  unpack(dir: string, signal: AbortSignal): Promise<void>;
}

export interface MadeCut {
  /** After writes go on: makes the files whole. Repeatable; nothing in `dir` changes after it. @throws StillpointError corrupt */
  complete(signal: AbortSignal): Promise<void>;
}

export interface EngineState {
  healthy: boolean;
  /** Why not; empty when healthy. */
  problem: string;
  /** The server's version; empty if it cannot tell. */
  version: string;
  /** Oldest first; undefined if the engine cannot tell. */
  openWrites: WriteTransaction[] | undefined;
}

export interface StopRequest {
  /** Unique for each stop. */
  lockId: string;
  /** Longest time to wait for open writes to end, in milliseconds. */
  waitMs: number;
  /** Longest time that writes may stay stopped once they are, in milliseconds. */
  holdMs: number;
}

/** Writes that are stopped. */
export interface StoppedWrites {
  /**
   * Aborts when the server let writes go without being asked (time-out, crash, lost connection), and when a resume
   * could not be confirmed. Its reason is a StillpointError, hold-lost, that says what happened.
   */
  readonly lost: AbortSignal;
  /**
   * Lets writes go. Repeatable, with the same answer; never throws: what cannot be confirmed is `unbroken: false`, and
   * `stillStopped` of the engine says if writes may not go on.
   */
  resume(): Promise<Resumed>;
}

export interface Resumed {
  /** The server confirms that no write ended between the stop and this resume. */
  unbroken: boolean;
  /** Longest time that one write was blocked, in milliseconds; 0 if none was, or the engine cannot tell. */
  longestBlockedWriteMs: number;
}
