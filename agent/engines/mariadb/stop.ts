// One stop of all writes: a connection that holds BACKUP STAGE BLOCK_COMMIT. The server frees writes when that connection
// ends, however it ends, and ends it itself when it has been idle for the hold's time (`wait_timeout`, whole seconds): so
// nothing is said on it while writes are held. Exactly at `holdMs` our own clock ends it.
//
//   open ──GET_LOCK: no other agent──▶ ──BACKUP STAGE START, BLOCK_COMMIT──▶ ──FLUSH ENGINE LOGS──▶ held
//
// The server's own limit for waiting has whole seconds only. So the exact one is kept here, by killing the connection.
import { cancelledBy } from "../../../proto/call.ts";
import { messageOf, StillpointError, type WriteTransaction } from "../../../proto/errors.ts";
import type { Resumed, StoppedWrites, StopRequest } from "../engine.ts";
import type { Session } from "./session.ts";

/** What a stop needs of the engine. */
export interface StopPorts {
  open(): Promise<Session>;
  /** Ends a connection of ours that may be waiting. */
  kill(session: Session): Promise<void>;
  blockers(): Promise<WriteTransaction[]>;
  /** Longest time for an answer, beside the waiting that was asked for. */
  callTimeoutMs: number;
}

/** All agents of a server, whatever their user, know each other by this. */
export const agentsLock = "stillpoint";
/** One that has just died, or let go, is gone by then. */
const previousEndsWithinMs = 500;

/** @throws StillpointError lock-busy, held-by-another, unreachable, cancelled; writes go on then */
export async function stopByStage(ports: StopPorts, request: StopRequest, signal: AbortSignal): Promise<HeldStage> {
  const session = await ports.open();
  try {
    if (signal.aborted) throw cancelledBy(signal);
    await mustBeAlone(ports, session);
    await withinWait(ports, session, request, signal);
    return new HeldStage(session, request, ports.callTimeoutMs);
  } catch (error) {
    await session.close(ports.callTimeoutMs);
    throw error;
  }
}

async function mustBeAlone({ callTimeoutMs }: StopPorts, session: Session): Promise<void> {
  const sql = "SELECT GET_LOCK(?, ?) mine, IS_USED_LOCK(?) holder";
  const values = [agentsLock, previousEndsWithinMs / 1000, agentsLock];
  const [row] = await session.ask(sql, callTimeoutMs, values);
  if (row?.mine === 1) return;
  const message = `another agent has stopped the writes of the ${session.peer} (connection ${row?.holder})`;
  throw new StillpointError("held-by-another", message);
}

/** Kills the connection when the time is over or the caller gives up, and says which it was. */
async function withinWait(ports: StopPorts, session: Session, request: StopRequest, signal: AbortSignal) {
  const giveUp = new AbortController();
  const cancel = () => giveUp.abort(cancelledBy(signal));
  const timer = setTimeout(() => giveUp.abort(), request.waitMs);
  signal.addEventListener("abort", cancel, { once: true });
  const killed = new Promise<void>((resolve) => {
    giveUp.signal.addEventListener("abort", () => resolve(end(ports, session)), { once: true });
  });
  try {
    if (signal.aborted) cancel();
    await acquire(ports, session, request);
    giveUp.signal.throwIfAborted();
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
    await killed;
    if (signal.aborted) throw cancelledBy(signal);
    throw await busy(ports, session, request);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

/** A server that waits for a lock sees within a second only that our side is gone; so it is told, if it listens. */
async function end({ kill }: StopPorts, session: Session): Promise<void> {
  await kill(session).catch(() => {});
  session.destroy();
}

async function acquire({ callTimeoutMs }: StopPorts, session: Session, request: StopRequest): Promise<void> {
  const { waitMs, holdMs } = request;
  const timeoutMs = waitMs + callTimeoutMs;
  const limits = { wait_timeout: wholeSeconds(holdMs), lock_wait_timeout: wholeSeconds(waitMs) + 1 };
  await session.ask(`SET SESSION ${assignments(limits)}`, timeoutMs);
  await session.ask("BACKUP STAGE START", timeoutMs);
  await session.ask("BACKUP STAGE BLOCK_COMMIT", timeoutMs);
  await session.ask("FLUSH NO_WRITE_TO_BINLOG ENGINE LOGS", timeoutMs);
}

async function busy({ blockers: ask }: StopPorts, session: Session, { waitMs }: StopRequest): Promise<StillpointError> {
  const blockers = await ask().catch(() => []); // who they are is a help; that it is busy is the answer
  const what = `${session.peer}: what is in the way of BACKUP STAGE did not end within ${waitMs} ms`;
  return new StillpointError("lock-busy", what, { blockers });
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function assignments(settings: Record<string, number>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

const ranOut = "the hold ran out";

export class HeldStage implements StoppedWrites {
  readonly #session: Session;
  readonly #lockId: string;
  readonly #callTimeoutMs: number;
  readonly #expiresAt: number;
  readonly #timer: NodeJS.Timeout;
  readonly #lost = new AbortController();
  #resumed: Promise<Resumed> | undefined;
  #isOver = false;
  #closing: Promise<void> | undefined;

  constructor(session: Session, { lockId, holdMs }: StopRequest, callTimeoutMs: number) {
    this.#session = session;
    this.#lockId = lockId;
    this.#callTimeoutMs = callTimeoutMs;
    this.#expiresAt = performance.now() + holdMs;
    this.#timer = setTimeout(() => this.#expire(), holdMs);
    const onEnd = () => this.#lose("the connection that held it has ended");
    if (session.ended.aborted) onEnd();
    else session.ended.addEventListener("abort", onEnd, { once: true });
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Writes go on. */
  get isOver(): boolean {
    return this.#isOver || this.#session.ended.aborted;
  }

  /** Resolves when the connection of a stop that is over has ended, too. */
  async closed(): Promise<void> {
    await this.#closing;
  }

  resume(): Promise<Resumed> {
    this.#resumed ??= this.#letGo();
    return this.#resumed;
  }

  async #letGo(): Promise<Resumed> {
    clearTimeout(this.#timer);
    if (performance.now() >= this.#expiresAt) this.#lose(ranOut);
    try {
      await this.#session.ask("BACKUP STAGE END", this.#callTimeoutMs); // an error if it is not held any more
    } catch (error) {
      this.#lose(messageOf(error));
    }
    this.#isOver = true;
    this.#closing = this.#session.close(this.#callTimeoutMs); // nobody has to wait for it: writes go on
    return { unbroken: !this.lost.aborted, longestBlockedWriteMs: 0 };
  }

  /** Timers may be a little early on the clock that `resume` looks at. */
  #expire(): void {
    this.#lose(ranOut);
    void this.resume();
  }

  #lose(why: string): void {
    if (this.#isOver) return;
    this.#lost.abort(new StillpointError("hold-lost", `${this.#session.peer}: lock "${this.#lockId}": ${why}`));
  }
}
