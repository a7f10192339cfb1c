// Writes that are stopped by CLIENT PAUSE … WRITE.
//
// The server ends a pause by itself, but nobody owns it, and nobody is told. So it is given for a short time only, and given
// anew while it is needed: an agent that dies frees writes within that time. It is believed for a little less than it was
// given for, by our own clock, from before it was sent; and only if the server's own figures say that nothing was written.
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, StillpointError } from "../../../proto/errors.ts";
import type { Resumed, StoppedWrites } from "../engine.ts";
import type { AskLimits, RedisConnection } from "./connection.ts";
import { readInfo, type ServerInfo, whyNotTheSame } from "./server-info.ts";
import { leaveServer } from "./sole-agent.ts";

/** After so long, writes of a server go on whose agent was killed. */
const leaseMs = 1_000;
const renewEveryMs = 250;
/** The server rounds to whole milliseconds, and looks at its clock now and then. */
const slackMs = 10;

export class Pause implements StoppedWrites {
  readonly #connection: RedisConnection;
  readonly #lockId: string;
  readonly #timeoutMs: number;
  readonly #lost = new AbortController();
  readonly #renewing = new AbortController();
  #isOver: boolean = false;
  /** When the hold is over, however long the server's pause goes on. */
  #endsAt: number;
  /** Until then the server's pause goes on for certain. */
  #pausedUntil = 0;
  #expiry: NodeJS.Timeout | undefined;
  #before: ServerInfo | undefined;
  #resumed: Promise<Resumed> | undefined;

  /** @param longestMs for which writes may be stopped in all */
  constructor(connection: RedisConnection, lockId: string, longestMs: number, timeoutMs: number) {
    this.#connection = connection;
    this.#lockId = lockId;
    this.#timeoutMs = timeoutMs;
    this.#endsAt = performance.now() + longestMs;
  }

  /** The server as it is when writes have stopped. @throws StillpointError of the connection, which is of no use then */
  async begin(limits: AskLimits): Promise<ServerInfo> {
    this.#connection.closed.addEventListener("abort", this.#onClosed, { once: true });
    try {
      const before = await this.#pauseFirst(limits);
      this.#before = before;
      this.#watch();
      void this.#renew();
      return before;
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  /** A server that was busy may have let the answer come so late that the pause is over by now. */
  async #pauseFirst(limits: AskLimits): Promise<ServerInfo> {
    for (;;) {
      const pausing = this.#pauseOnce(limits);
      const reading = readInfo(this.#connection, limits);
      const [info] = await Promise.all([reading, pausing]);
      const restMs = this.#pausedUntil - performance.now();
      if (restMs > renewEveryMs || performance.now() > this.#endsAt) return info;
    }
  }

  /** From here on, at most for so long. */
  holdFor(holdMs: number): void {
    this.#endsAt = performance.now() + holdMs;
    this.#watch();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  resume(): Promise<Resumed> {
    this.#resumed ??= this.#resume();
    return this.#resumed;
  }

  async #resume(): Promise<Resumed> {
    if (!this.isOver) await this.#confirm().catch((error: unknown) => this.#lose(messageOf(error)));
    this.#end();
    return { unbroken: !this.lost.aborted, longestBlockedWriteMs: 0 };
  }

  /** The server may read our PAUSE later: UNPAUSE is right behind it. With the connection, our being in the way ends. */
  #abandon(): void {
    this.#end();
    this.#connection.ask(["CLIENT", "UNPAUSE"], { timeoutMs: this.#timeoutMs }).catch(() => {}); // nobody waits for it
    this.#connection.end();
  }

  /** UNPAUSE would also end the pause of whoever came after us: it is sent only while ours is in force. */
  async #confirm(): Promise<void> {
    this.#renewing.abort(); // a PAUSE must not come behind the UNPAUSE
    const limits = { timeoutMs: this.#timeoutMs };
    const asking = readInfo(this.#connection, limits);
    const unpausing = this.#connection.ask(["CLIENT", "UNPAUSE"], limits);
    const leaving = leaveServer(this.#connection, limits);
    const [after] = await Promise.all([asking, unpausing, leaving]);
    const isLate = performance.now() >= this.#pausedUntil;
    const why = isLate ? "the server's answer came too late" : whyNotTheSame(this.#before as ServerInfo, after);
    if (why !== undefined) this.#lose(why);
  }

  async #renew(): Promise<void> {
    const { signal } = this.#renewing;
    while (await sleep(renewEveryMs, true, { signal }).catch(() => false)) {
      if (performance.now() >= this.#pausedUntil) return this.#lose("it could not be made longer in time");
      if (this.#pausedUntil >= this.#endsAt) continue; // nor need it be, as it is now
      try {
        await this.#pauseOnce({ timeoutMs: this.#timeoutMs, signal });
        this.#watch();
      } catch (error) {
        if (!signal.aborted) this.#lose(messageOf(error));
      }
    }
  }

  async #pauseOnce(limits: AskLimits): Promise<void> {
    const sentAt = performance.now();
    const forMs = Math.min(leaseMs, this.#endsAt - sentAt);
    const command = ["CLIENT", "PAUSE", String(Math.ceil(forMs + slackMs)), "WRITE"];
    await this.#connection.ask(command, limits);
    this.#pausedUntil = Math.max(this.#pausedUntil, sentAt + forMs); // a shorter pause does not end a longer one
  }

  #watch(): void {
    if (this.isOver) return;
    clearTimeout(this.#expiry);
    const restMs = Math.min(this.#pausedUntil, this.#endsAt) - performance.now();
    this.#expiry = setTimeout(() => this.#lose("the hold ran out"), Math.ceil(restMs));
  }

  readonly #onClosed = () => this.#lose("the connection was lost");

  #lose(why: string): void {
    if (this.isOver) return;
    const message = `${this.#connection.peer}: lock "${this.#lockId}": ${why}`;
    this.#lost.abort(new StillpointError("hold-lost", message));
    const isOurs = performance.now() < this.#pausedUntil; // later, the server's pause may be another's
    if (isOurs) this.#abandon();
    this.#end();
    this.#connection.end();
  }

  #end(): void {
    this.#isOver = true;
    this.#renewing.abort();
    clearTimeout(this.#expiry);
    this.#connection.closed.removeEventListener("abort", this.#onClosed);
  }
}
