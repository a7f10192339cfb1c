// A simulated database server: writes, transactions that stay open, a stop of its writes, and files that it rewrites in the
// background, also while its writes are stopped. What it acknowledged is in its files and durable.
import type { WriteTransaction } from "../../proto/errors.ts";
import { DatabaseFiles } from "./database-files.ts";
import type { FileSystem } from "./file-system.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export type StopEnd = "resumed" | "expired" | "given up" | "connection lost" | "crashed";

/** Writes that are being stopped, or are. Times of the world. */
export interface Stop {
  lockId: string;
  holdMs: number;
  askedAt: number;
  heldAt: number | undefined;
  /** Who asked: when it dies, writes go on. */
  owner: Process;
  onHeld: () => void;
  onBusy: (blockers: WriteTransaction[]) => void;
  /** Told when writes go on without having been asked to. */
  onLost: (why: StopEnd) => void;
}

interface OpenTransaction {
  since: number;
  isPrepared: boolean;
}

/** Who waits for writes to go on. Told whether the server is still the one that it asked. */
type Waiter = (isRunning: boolean) => void;

export class Database {
  readonly serverId: string;
  readonly process: Process;
  readonly files: DatabaseFiles;
  /** Another one after each start: what was begun with an older one is void. */
  readonly session: number;
  /** A declared fault: its stop stops nothing. */
  ignoresStop = false;
  stop: Stop | undefined;
  isOpen = true;
  readonly open = new Map<string, OpenTransaction>();
  #waiters: Waiter[] = [];
  readonly #world: World;

  constructor(world: World, serverId: string, process: Process, fileSystem: FileSystem, session: number) {
    this.#world = world;
    this.serverId = serverId;
    this.process = process;
    this.session = session;
    this.files = new DatabaseFiles(fileSystem, "/data");
    for (const id of this.files.inDoubt) this.open.set(id, { since: world.now, isPrepared: true });
    process.onDeath(() => this.#down("crashed"));
    this.#keepHouse();
  }

  get writesAreStopped(): boolean {
    return this.stop !== undefined && !this.ignoresStop;
  }

  /** Gives up all files. */
  close(): void {
    if (!this.isOpen) return;
    this.#down("crashed");
    this.process.kill();
  }

  /** Calls back at once, or when writes go on. */
  whenWritesGo(waiter: Waiter): void {
    if (!this.isOpen) waiter(false);
    else if (this.writesAreStopped) this.#waiters.push(waiter);
    else waiter(true);
  }

  /** One write, acknowledged. Only when writes go. */
  write(id: string): void {
    this.files.append(`W ${id}`);
  }

  begin(id: string, isPrepared: boolean): void {
    if (isPrepared) this.files.append(`P ${id}`);
    this.open.set(id, { since: this.#world.now, isPrepared });
  }

  /** False if it is not open any more: it was aborted. */
  end(id: string, outcome: "commit" | "abort"): boolean {
    const transaction = this.open.get(id);
    if (transaction === undefined) return false;
    this.open.delete(id);
    if (outcome === "commit") this.files.append(`${transaction.isPrepared ? "C" : "W"} ${id}`);
    else if (transaction.isPrepared) this.files.append(`A ${id}`);
    this.#mayBeHeld();
    return true;
  }

  openWrites(): WriteTransaction[] {
    return [...this.open]
      .map(([id, { since }]) => ({ id, ageMs: Math.round(this.#world.now - since), owner: "client", description: "" }))
      .sort((left, right) => right.ageMs - left.ageMs);
  }

  /** What was prepared for other servers cannot be aborted by one of them. */
  abortTransactions(): number {
    const aborted = [...this.open].filter(([, { isPrepared }]) => !isPrepared);
    for (const [id] of aborted) this.end(id, "abort");
    return aborted.length;
  }

  /** No write begins from now on; those that are open may end. False if another stop is there. */
  stopWrites(stop: Stop, waitMs: number): boolean {
    if (this.stop !== undefined) return false;
    this.stop = stop;
    this.#world.oracle.holds.onStop(this, stop);
    const untold = stop.owner.onDeath(() => this.process.after(0, () => this.letGo(stop, "connection lost")));
    this.process.after(waitMs, () => {
      if (this.stop !== stop || stop.heldAt !== undefined) return;
      untold();
      this.letGo(stop, "given up");
      stop.onBusy(this.openWrites());
    });
    this.#mayBeHeld();
    return true;
  }

  /** Returns whether no write ended since they were stopped. */
  resumeWrites(lockId: string): boolean {
    const { stop } = this;
    if (stop?.lockId !== lockId) return false;
    this.letGo(stop, "resumed");
    return stop.heldAt !== undefined;
  }

  letGo(stop: Stop, why: StopEnd): void {
    if (this.stop !== stop) return;
    this.stop = undefined;
    this.#world.oracle.holds.onLetGo(this, stop, why);
    if (why !== "resumed" && why !== "given up") stop.onLost(why);
    this.#wake(this.isOpen);
  }

  #mayBeHeld(): void {
    const { stop } = this;
    if (stop === undefined || stop.heldAt !== undefined || (this.open.size > 0 && !this.ignoresStop)) return;
    stop.heldAt = this.#world.now;
    this.#world.trace(() => `${this.serverId} is held`);
    this.process.after(stop.holdMs, () => this.letGo(stop, "expired"));
    stop.onHeld();
  }

  #down(why: StopEnd): void {
    this.isOpen = false;
    if (this.stop !== undefined) this.letGo(this.stop, why);
    this.#wake(false);
  }

  #wake(isRunning: boolean): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(isRunning && this.isOpen);
  }

  /** Moves writes from the log into tables, and tables into one: at any time, also under a lock. */
  #keepHouse(): void {
    const { chance, isHot } = this.#world.writers;
    const pauseMs = isHot ? chance.between(2, 60) : chance.between(200, 2000);
    this.process.afterPlain(pauseMs, () => {
      if (!this.isOpen) return;
      if (this.stop?.heldAt !== undefined && this.files.nextStep(chance))
        this.#world.coverage.hit("server: compaction under the lock");
      else this.files.nextStep(chance);
      this.#keepHouse();
    });
  }
}

/** Which round of which backup a stop is for, as the agent names its locks. */
export function lockOf({ lockId }: Pick<Stop, "lockId">): { backupId: string; round: number } {
  const [backupId = "", round = "0"] = lockId.split("/");
  return { backupId, round: Number(round) };
}
