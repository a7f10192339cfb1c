// What people ask for: backups, restores, deletions, lists and checks, on any coordinator, also at the same time; and they
// change their minds. What they are told is compared with what is really there.
import { type BackupRequest, createBackup } from "../../coordinator/create-backup.ts";
import { deleteBackup } from "../../coordinator/delete-backup.ts";
import { type BackupList, listBackups } from "../../coordinator/list-backups.ts";
import type { Ports, RunEvent } from "../../coordinator/ports.ts";
import type { BackupRecord } from "../../coordinator/record.ts";
import { restoreBackup } from "../../coordinator/restore-backup.ts";
import { verifyBackup } from "../../coordinator/verify-backup.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import type { CoordinatorHost, Ending } from "./coordinators.ts";
import { lyingDisk } from "./declared-faults.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export type OperationKind = "create" | "restore" | "delete" | "list" | "verify" | "settle";

type Asked = Exclude<OperationKind, "settle">;

export interface Operation {
  number: number;
  kind: OperationKind;
  backupId: string | undefined;
  policy: BackupRequest | undefined;
}

export class Operations {
  running = 0;
  readonly #world: World;
  readonly #chance: Random;
  #lastNumber = 0;

  constructor(world: World, chance: Random) {
    this.#world = world;
    this.#chance = chance;
  }

  /** Begins all that the seed wants, one after the other or side by side; calls `done` when all have ended. */
  async runAll(): Promise<void> {
    const sideBySide: Promise<unknown>[] = [];
    for (let left = this.#chance.whole(2, 5); left > 0; left--) {
      const work = this.#any();
      if (this.#chance.chance(0.25)) sideBySide.push(work);
      else await work;
      await this.#pause(this.#chance.between(0, 400));
    }
    await Promise.all(sideBySide);
  }

  /** One more backup when all is well again. @throws what went wrong */
  async lastBackup(): Promise<void> {
    const request = { ...calmRequest, label: "last" };
    const made = await this.create(this.#anyCoordinator(), request, new AbortController().signal);
    if (made === "died" || "error" in made) {
      const why = made === "died" ? "the coordinator died" : messageOf(made.error);
      return this.#world.oracle.violate("when nothing fails any more the next backup succeeds", why);
    }
    await this.list(this.#anyCoordinator(), true);
  }

  async create(coordinator: CoordinatorHost, request: BackupRequest, stop: AbortSignal): Promise<Ending<BackupRecord>> {
    const made = await this.#run("create", coordinator, stop, { policy: request }, (ports, signal) =>
      createBackup(request, ports, signal),
    );
    if (made !== "died" && "value" in made && !made.value.potentiallyInconsistent) {
      this.#world.oracle.backups.made.add(made.value.id);
      this.#world.oracle.backups.mustBeComplete(made.value.id, "create");
    }
    return made;
  }

  async list(coordinator: CoordinatorHost, mustSeeAll = false): Promise<Ending<BackupList>> {
    const { oracle } = this.#world;
    const before = [...oracle.backups.made];
    const listed = await this.#run("list", coordinator, new AbortController().signal, {}, (ports, signal) =>
      listBackups(ports, signal),
    );
    if (listed === "died" || "error" in listed) return listed;
    const { backups, unreachable } = listed.value;
    for (const { id, state } of backups) {
      this.#world.coverage.hit(`listed: ${state}`);
      if (state === "BACKUP_STATE_COMPLETE") oracle.backups.mustBeComplete(id, "list");
    }
    const isWhole = unreachable.length === 0 && (mustSeeAll || before.every((id) => oracle.backups.made.has(id)));
    if (isWhole)
      this.#mustStillBe(
        before.filter((id) => oracle.backups.made.has(id)),
        listed.value,
      );
    return listed;
  }

  #mustStillBe(ids: string[], { backups }: BackupList): void {
    if (this.#world.declared.has(lyingDisk)) return;
    for (const id of ids) {
      const backup = backups.find((each) => each.id === id);
      if (backup?.state === "BACKUP_STATE_COMPLETE") continue;
      const found = backup === undefined ? "gone" : `${backup.state}: ${backup.problems.join("; ")}`;
      this.#world.oracle.violate("what was recorded as a backup stays until it is deleted", `${id} is ${found}`);
    }
  }

  #any(): Promise<unknown> {
    const coordinator = this.#anyCoordinator();
    const known = [...this.#world.oracle.backups.made];
    const kinds: Asked[] = ["create", "create", "create", "list"];
    if (known.length > 0) kinds.push("restore", "restore", "delete", "verify");
    const kind = this.#chance.pick(kinds);
    const stop = this.#chance.chance(0.15) ? this.#changesMind() : new AbortController().signal;
    switch (kind) {
      case "create":
        return this.create(coordinator, this.#anyRequest(), stop);
      case "list":
        return this.list(coordinator);
      case "restore":
        return this.#restore(coordinator, this.#chance.pick(known), stop);
      case "delete":
        return this.#delete(coordinator, this.#chance.pick(known), stop);
      case "verify":
        return this.#verify(coordinator, this.#chance.pick(known), stop);
    }
  }

  #restore(coordinator: CoordinatorHost, id: string, stop: AbortSignal) {
    const request = {
      id,
      dryRun: this.#chance.chance(0.1),
      serverMap: new Map<string, string>(),
      ignoreVersion: false,
      allowInconsistent: false,
    };
    return this.#run("restore", coordinator, stop, {}, (ports, signal) => restoreBackup(request, ports, signal));
  }

  /** From now on nobody may count on it. */
  #delete(coordinator: CoordinatorHost, id: string, stop: AbortSignal) {
    this.#world.oracle.backups.made.delete(id);
    this.#world.oracle.backups.deleted.add(id);
    return this.#run("delete", coordinator, stop, {}, (ports, signal) => deleteBackup(id, ports, signal));
  }

  #verify(coordinator: CoordinatorHost, id: string, stop: AbortSignal) {
    return this.#run("verify", coordinator, stop, {}, (ports, signal) => verifyBackup(id, ports, signal));
  }

  /** Whom a run reports to, as long as its coordinator lives. */
  reportOf(operation: Operation, { name, process }: CoordinatorHost): (event: RunEvent) => void {
    const { oracle, faults } = this.#world;
    return (event) => {
      if (process?.isAlive !== true) return;
      this.#world.trace(() => `${operation.kind} (${operation.number}) on ${name}: ${describe(event)}`);
      oracle.runs.onRunEvent(operation, event, process);
      faults.onRunEvent(event);
    };
  }

  async #run<Value>(
    kind: OperationKind,
    coordinator: CoordinatorHost,
    stop: AbortSignal,
    details: Partial<Operation>,
    work: (ports: Ports, stop: AbortSignal) => Promise<Value>,
  ): Promise<Ending<Value>> {
    const { coverage } = this.#world;
    this.#lastNumber++;
    const operation: Operation = { number: this.#lastNumber, kind, backupId: undefined, policy: undefined, ...details };
    const name = `${kind} (${operation.number}) on ${coordinator.name}`;
    this.#world.trace(() => `${name} begins`);
    this.running++;
    const ending = await coordinator.run(stop, this.reportOf(operation, coordinator), work);
    this.running--;
    coverage.hit(`${kind}: ${outcomeOf(ending)}`);
    if (ending !== "died" && "error" in ending) this.#onError(ending.error);
    this.#world.trace(
      () => `${name} ends: ${ending !== "died" && "error" in ending ? messageOf(ending.error) : outcomeOf(ending)}`,
    );
    return ending;
  }

  #onError(error: unknown): void {
    if (error instanceof StillpointError && error.reason !== "internal") {
      this.#world.coverage.hit(`error: ${error.reason}`);
      return;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#world.oracle.violate("every error is one that a person can act on", text);
  }

  #anyCoordinator(): CoordinatorHost {
    const alive = this.#world.coordinators.filter(({ process }) => process !== undefined);
    return this.#chance.pick(alive.length > 0 ? alive : this.#world.coordinators);
  }

  #anyRequest(): BackupRequest {
    const chance = this.#chance;
    return {
      label: chance.pick(["nightly", "weekly"]),
      timeoutMs: chance.pick([800, 3000, 9000]),
      firstWaitMs: chance.pick([30, 100, 250]),
      maxWaitMs: chance.pick([200, 1000, 4000]),
      holdMs: chance.pick([150, 800, 3000]),
      maxStallMs: chance.chance(0.2) ? chance.pick([300, 1000]) : 0,
      patience: chance.pick([0, 0.3, 0.5]),
      force: chance.chance(0.2),
      allowInconsistent: chance.chance(0.1),
    };
  }

  #changesMind(): AbortSignal {
    const stop = new AbortController();
    this.#world.scheduler.after(this.#chance.between(0, 1500), undefined, () => {
      this.#world.coverage.hit("person: cancelled");
      stop.abort(new StillpointError("cancelled", "the person changed their mind"));
    });
    return stop.signal;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.scheduler.after(ms, undefined, resolve));
  }
}

const calmRequest: BackupRequest = {
  label: "last",
  timeoutMs: 60_000,
  firstWaitMs: 250,
  maxWaitMs: 4000,
  holdMs: 5000,
  maxStallMs: 0,
  patience: 0.5,
  force: true,
  allowInconsistent: false,
};

function outcomeOf(ending: Ending<unknown>): string {
  if (ending === "died") return "the coordinator died";
  if ("value" in ending) return "succeeded";
  return ending.error instanceof StillpointError ? ending.error.reason : "defect";
}

function describe({ step, ...details }: RunEvent): string {
  return `${step} ${JSON.stringify(details)}`;
}
