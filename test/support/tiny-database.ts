// The smallest database whose writes can be stopped: it counts writes. The engines of the tests stand in front of it.
import { StillpointError, type WriteTransaction } from "../../proto/errors.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";

/** What a copy of the database's files would contain. */
export interface Files {
  /** The number of writes. @throws StillpointError corrupt */
  read(): number;
  write(writes: number): void;
}

export class FilesInMemory implements Files {
  content: number | "garbage" = 0;

  read(): number {
    if (this.content === "garbage") throw new StillpointError("corrupt", "the files are garbage");
    return this.content;
  }

  write(writes: number): void {
    this.content = writes;
  }
}

export interface StopOptions {
  lockId: string;
  waitMs: number;
  holdMs: number;
}

type StopEnd = "resumed" | "expired" | "given up" | "crashed";

/** Writes that are being stopped, or are. */
export interface Stop extends StopOptions {
  isHeld: boolean;
  /** Aborts when writes go on. Its reason is a StopEnd. */
  over: AbortController;
  blockedSince: number | undefined;
}

export class TinyDatabase {
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #open = new Map<string, Omit<WriteTransaction, "ageMs"> & { since: number }>();
  #state: "open" | "closed" | "crashed" = "open";
  #writes: number;
  #lastId = 0;
  #stop: Stop | undefined;
  #lastEnded = Promise.withResolvers<void>();

  constructor(files: Files, clock: Clock = systemClock) {
    this.#files = files;
    this.#clock = clock;
    this.#writes = files.read();
  }

  get state(): "open" | "closed" | "crashed" {
    return this.#state;
  }

  countWrites(): number {
    this.#mustBeOpen();
    return this.#writes;
  }

  /** Tells `onBlocked` when it has to wait because writes are stopped. */
  async write(onBlocked?: () => void): Promise<void> {
    this.end(await this.begin("a client", "one write", onBlocked));
  }

  async begin(owner: string, description: string, onBlocked: () => void = () => {}): Promise<string> {
    while (this.#stop !== undefined) {
      this.#stop.blockedSince ??= this.#clock.now();
      onBlocked();
      await aborted(this.#stop.over.signal);
    }
    this.#mustBeOpen();
    this.#lastId += 1;
    const id = `t${this.#lastId}`;
    this.#open.set(id, { id, owner, description, since: this.#clock.now() });
    return id;
  }

  /** Acknowledges the write. */
  end(id: string): void {
    this.#mustBeOpen();
    if (!this.#open.delete(id)) throw new Error(`transaction ${id} was aborted`);
    this.#writes += 1;
    if (this.#open.size === 0) this.#lastEnded.resolve();
  }

  openWrites(): WriteTransaction[] {
    const now = this.#clock.now();
    return [...this.#open.values()].map(({ since, ...open }) => ({ ...open, ageMs: Math.round(now - since) }));
  }

  abortTransactions(): number {
    const aborted = this.#open.size;
    this.#open.clear();
    this.#lastEnded.resolve();
    return aborted;
  }

  flush(): void {
    this.#files.write(this.#writes);
  }

  /** `signal` ends the waiting only. @throws StillpointError lock-busy, held-by-another */
  async stopWrites(options: StopOptions, signal: AbortSignal): Promise<Stop> {
    this.#mustBeOpen();
    if (this.#stop !== undefined) throw new StillpointError("held-by-another", `held by "${this.#stop.lockId}"`);
    const stop: Stop = { ...options, isHeld: false, over: new AbortController(), blockedSince: undefined };
    this.#stop = stop;
    await this.#openWritesEnd(stop, signal);
    if (stop.over.signal.aborted) throw new StillpointError("unreachable", `the stop was ${stop.over.signal.reason}`);
    const blockers = this.openWrites();
    if (blockers.length > 0 || signal.aborted) {
      this.letGo(stop, "given up");
      signal.throwIfAborted();
      throw new StillpointError("lock-busy", `${blockers.length} write transactions are open`, { blockers });
    }
    this.flush();
    stop.isHeld = true;
    this.#expire(stop);
    return stop;
  }

  resumeWrites(lockId: string): { unbroken: boolean; longestBlockedWriteMs: number } {
    const stop = this.#stop;
    if (stop?.lockId !== lockId) return { unbroken: false, longestBlockedWriteMs: 0 };
    const now = this.#clock.now();
    this.letGo(stop, "resumed");
    return { unbroken: stop.isHeld, longestBlockedWriteMs: now - (stop.blockedSince ?? now) };
  }

  /** Lets writes go; does nothing if that stop is over. */
  letGo(stop: Stop | undefined, why: StopEnd): void {
    if (stop === undefined || this.#stop !== stop) return;
    this.#stop = undefined;
    stop.over.abort(why);
  }

  close(): void {
    if (this.#state === "open") this.flush();
    this.#state = "closed";
  }

  /** @throws StillpointError corrupt */
  open(): void {
    if (this.#state === "open") return;
    this.#writes = this.#files.read();
    this.#open.clear();
    this.#state = "open";
  }

  /** What was not flushed is lost, and all that wait fail. */
  crash(): void {
    this.#state = "crashed";
    this.letGo(this.#stop, "crashed");
  }

  async #openWritesEnd(stop: Stop, signal: AbortSignal): Promise<void> {
    this.#lastEnded = Promise.withResolvers();
    if (this.#open.size === 0) return;
    const ended = new AbortController();
    const waiting = this.#clock.sleep(stop.waitMs, AbortSignal.any([signal, stop.over.signal, ended.signal]));
    await Promise.race([this.#lastEnded.promise, waiting]);
    ended.abort();
  }

  #expire(stop: Stop): void {
    void this.#clock.sleep(stop.holdMs, stop.over.signal).then((ranOut) => ranOut && this.letGo(stop, "expired"));
  }

  #mustBeOpen(): void {
    if (this.#state !== "open") throw new StillpointError("unreachable", `the database is ${this.#state}`);
  }
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
