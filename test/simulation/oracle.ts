// Sees everything, and judges. The invariants stand as sentences beside their checks, in check-*.ts and run-facts.ts. The
// first violation ends the run.
import type { AgentEvent } from "../../agent/agent.ts";
import type { Transaction } from "../../coordinator/agency/store.ts";
import { hasReason, messageOf, StillpointError } from "../../proto/errors.ts";
import type { AgentHost } from "./agents.ts";
import { BackupChecks } from "./check-backups.ts";
import { HoldChecks } from "./check-holds.ts";
import { RestoreChecks } from "./check-restores.ts";
import { root } from "./coordinators.ts";
import { lyingDisk } from "./declared-faults.ts";
import type { Process } from "./process.ts";
import { RunChecks } from "./run-facts.ts";
import type { World } from "./world.ts";

export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, details: string) {
    super(`${invariant}: ${details}`);
    this.invariant = invariant;
  }
}

export class Oracle {
  violation: Violation | undefined;
  /** A declared fault has destroyed a server: nothing more can be promised. */
  isRuined = false;
  readonly runs: RunChecks;
  readonly holds: HoldChecks;
  readonly restores: RestoreChecks;
  readonly backups: BackupChecks;
  readonly #world: World;
  #claimOwner: Process | undefined;

  constructor(world: World) {
    this.#world = world;
    this.runs = new RunChecks(world);
    this.holds = new HoldChecks(world);
    this.restores = new RestoreChecks(world);
    this.backups = new BackupChecks(world);
  }

  violate(invariant: string, details: string): void {
    if (this.violation !== undefined) return;
    this.#world.trace(() => `VIOLATION: ${invariant}: ${details}`);
    this.violation = new Violation(invariant, details);
  }

  onAgentEvent(host: AgentHost, event: AgentEvent): void {
    this.#world.trace(() => `${host.name}: ${event.step}`);
    this.holds.onAgentEvent(host, event);
  }

  onHandlerError(host: AgentHost, method: string, error: unknown): void {
    this.#world.trace(() => `${host.name}: ${method} fails: ${messageOf(error)}`);
    if (error instanceof StillpointError) this.#world.coverage.hit(`error: ${error.reason}`);
  }

  onPowerCut({ serverId, files }: AgentHost): void {
    this.#world.trace(() => `${serverId} loses power`);
    this.backups.onPowerCut();
    if (files.syncLies) this.#world.declared.add(lyingDisk);
  }

  /** A server cannot use its files, although nobody is restoring them. */
  onRuined({ serverId }: AgentHost, error: unknown): void {
    this.isRuined = true;
    if (this.#world.declared.has(lyingDisk)) return;
    this.violate("a database server can always be started on its own files", `${serverId}: ${messageOf(error)}`);
  }

  /** An agent cannot use what it wrote itself, though the disk was said to keep it. */
  onCannotOpen(error: unknown): void {
    if (hasReason(error, "corrupt") && this.#world.declared.has(lyingDisk)) this.isRuined = true;
  }

  /** `by` nobody: the cluster itself, or the end of a lease. */
  onAgencyWrite({ put, remove }: Transaction, by: Process | undefined): void {
    const keys = [...put.map(({ key }) => key), ...remove];
    if (by !== undefined)
      this.#mustHaveClaim(
        keys,
        put.some(({ key }) => key === claimKey),
        by,
      );
    if (put.some(({ key }) => key === claimKey)) this.#claimOwner = by;
    else if (remove.includes(claimKey)) this.#claimOwner = undefined;
    for (const { key, value } of put) {
      const isDecision = key.includes("/Jobs/") && value.includes('"phase":"committing"');
      if (isDecision) this.backups.decided.add(key.slice(key.lastIndexOf("/") + 1));
    }
    if (keys.some((key) => key.startsWith(`${root}/Plan/`))) this.backups.onPlanChanged();
  }

  #mustHaveClaim(keys: string[], isClaiming: boolean, by: Process): void {
    const names = keys.map((key) => key.slice(root.length)).join(", ");
    this.#world.trace(() => `agency: ${by.name} writes ${names}`);
    if (isClaiming || keys.length === 0 || this.#claimOwner === by) return;
    this.violate("only who has the claim changes the agency", `${by.name} changed ${names}`);
  }
}

const claimKey = `${root}/Target/HotBackup/Create`;
