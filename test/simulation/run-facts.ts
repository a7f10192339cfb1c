// What is known of each run that takes a backup, from what its coordinator reports; and the invariants of its rounds.
import type { RunEvent } from "../../coordinator/ports.ts";
import { lockOf } from "./database.ts";
import type { Operation } from "./operations.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface RunFacts {
  operation: Operation;
  claimedAt: number;
  /** By the coordinator's clock: the latest that anybody may be waited for. */
  deadline: number | undefined;
  withoutLock: boolean;
  /** When the coordinator had the last Lock answer, by round. */
  lockedAt: Map<number, number>;
  endedRound: number;
  /** "server/round" */
  releaseFailed: Set<string>;
  /** How long writes may stay stopped, as the last Lock request said, by "server/round". */
  holdMs: Map<string, number>;
}

/** A process that slept is given that long to do what it is late with. */
const lateMs = 60;
const inTime = "no wait outlives the time-out";

export class RunChecks {
  readonly #world: World;
  readonly #runs = new Map<string, RunFacts>();

  constructor(world: World) {
    this.#world = world;
  }

  of(backupId: string): RunFacts | undefined {
    return this.#runs.get(backupId);
  }

  onRunEvent(operation: Operation, event: RunEvent, coordinator: Process): void {
    this.#cover(event);
    if (event.step === "claimed") this.#begin(operation, event.backupId);
    const run = this.#runs.get(operation.backupId ?? "");
    if (run !== undefined) this.#note(run, event, coordinator.clock.now());
  }

  /** A coordinator composes a request. */
  onCall(caller: Process, serverId: string, method: string, request: unknown): void {
    if (method !== "Lock") return;
    const { run: ref, waitMs, holdMs, round } = request as LockMessage;
    const run = this.#runs.get(ref.backupId);
    run?.holdMs.set(`${serverId}/${round}`, holdMs);
    const overMs = caller.clock.now() + waitMs - (run?.deadline ?? Number.POSITIVE_INFINITY);
    if (waitMs === 0 || overMs <= 1) return;
    this.#world.oracle.violate(inTime, `round ${round} may wait on ${serverId} ${Math.round(overMs)} ms beyond it`);
  }

  #cover(event: RunEvent): void {
    const { coverage } = this.#world;
    coverage.hit(`run: ${event.step}`);
    if (event.step === "settling") coverage.hit(`take-over of: ${event.phase}`);
    if (event.step === "settled") coverage.hit(`take-over: ${event.outcome}`);
    if (event.step === "round-ended") coverage.hit(`round: ${event.outcome}`);
    if (event.step === "round-started" && event.force) coverage.hit("round: by force");
    if (event.step === "round-started" && event.firstServerIds.length > 0) coverage.hit("round: hardest first");
  }

  #begin(operation: Operation, backupId: string): void {
    operation.backupId = backupId;
    if (operation.kind !== "create") return;
    this.#runs.set(backupId, {
      operation,
      claimedAt: this.#world.now,
      deadline: undefined,
      withoutLock: false,
      lockedAt: new Map(),
      endedRound: 0,
      releaseFailed: new Set(),
      holdMs: new Map(),
    });
  }

  #note(run: RunFacts, event: RunEvent, now: number): void {
    const { writers, oracle } = this.#world;
    switch (event.step) {
      case "prepared":
        run.deadline ??= now + (run.operation.policy?.timeoutMs ?? 0);
        writers.isHot = true;
        break;
      case "round-started":
        if (now > (run.deadline ?? 0)) oracle.violate(inTime, `round ${event.round} begins after it`);
        break;
      case "locked":
        run.lockedAt.set(event.round, this.#world.now);
        break;
      case "taken-without-lock":
        run.withoutLock = true;
        break;
      case "release-failed":
        run.releaseFailed.add(`${event.serverId}/${event.round}`);
        break;
      case "round-ended":
        this.#mustBeLetGo(run, event.round);
        break;
      case "dump-stored":
      case "aborted":
        writers.isHot = false;
    }
  }

  #mustBeLetGo(run: RunFacts, round: number): void {
    run.endedRound = round;
    for (const { serverId, database } of this.#world.hosts) {
      if (database?.stop?.heldAt === undefined || run.releaseFailed.has(`${serverId}/${round}`)) continue;
      const isAwake = database.process.state === "running" && this.#world.now - database.process.resumedAt > lateMs;
      const held = lockOf(database.stop);
      if (!isAwake || held.backupId !== run.operation.backupId || held.round > round) continue;
      const details = `${serverId} is still held for round ${held.round}, ${round} is over`;
      this.#world.oracle.violate("after a round every server is let go", details);
    }
  }
}

interface LockMessage {
  run: { backupId: string };
  waitMs: number;
  holdMs: number;
  round: number;
}
