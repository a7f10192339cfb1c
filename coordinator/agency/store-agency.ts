// The agency over any store: what the claim, the Plan and the records mean, written once.

import { StillpointError } from "../../proto/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Agency, Claim, ClaimInfo, ClaimRequest, Plan, PlanChange, SavedPlanChange } from "./agency.ts";
import { changePlan, isCurrent } from "./change-plan.ts";
import { claimTaken, claimValue, parseClaim } from "./claim-value.ts";
import { HeldClaim } from "./held-claim.ts";
import type { AgencyKeys } from "./keys.ts";
import type { Snapshot, Store } from "./store.ts";

/** How often a claim is tried that is gone again when one looks who has it. */
const mostTries = 3;

export class StoreAgency implements Agency {
  readonly #store: Store;
  readonly #keys: AgencyKeys;
  readonly #claimTtlMs: number;
  readonly #clock: Clock;

  constructor(store: Store, options: { keys: AgencyKeys; claimTtlMs: number; clock: Clock }) {
    this.#store = store;
    this.#keys = options.keys;
    this.#claimTtlMs = options.claimTtlMs;
    this.#clock = options.clock;
  }

  async claim(request: ClaimRequest, signal: AbortSignal): Promise<Claim> {
    const value = claimValue(request, this.#clock.date());
    for (let number = 1; number <= mostTries; number++) {
      const lease = await this.#store.createLeased(this.#keys.claim, value, this.#claimTtlMs, signal);
      if (lease !== undefined) return new HeldClaim(this.#store, this.#keys, lease);
      const holder = await this.currentClaim(signal);
      if (holder !== undefined) throw claimTaken(holder);
    }
    throw new StillpointError("claim-taken", "the claim is taken by one run after another");
  }

  async currentClaim(signal: AbortSignal): Promise<ClaimInfo | undefined> {
    const entry = await this.#store.get(this.#keys.claim, signal);
    return entry && parseClaim(entry);
  }

  async readPlan(signal: AbortSignal): Promise<Plan> {
    const { revision, entries } = await this.#read(this.#keys.plan, signal);
    return { revision, entries: entries.map(({ key, value, modRevision }) => ({ key, value, modRevision })) };
  }

  isCurrent(plan: Plan, signal: AbortSignal): Promise<boolean> {
    return isCurrent(this.#store, this.#keys, plan, signal);
  }

  changePlan(plan: Plan, change: PlanChange, signal: AbortSignal): Promise<number> {
    return changePlan(this.#store, this.#keys, plan, change, { guards: [], signal });
  }

  listRecords(signal: AbortSignal): Promise<Map<string, string>> {
    return this.#texts(this.#keys.records, signal);
  }

  listJobs(signal: AbortSignal): Promise<Map<string, string>> {
    return this.#texts(this.#keys.jobs, signal);
  }

  async readPlanChange(signal: AbortSignal): Promise<SavedPlanChange> {
    const { entries: before } = await this.#read(this.#keys.planBefore, signal);
    const { entries: after } = await this.#read(this.#keys.planAfter, signal);
    return { before, after };
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #texts(prefix: string, signal: AbortSignal): Promise<Map<string, string>> {
    const { entries } = await this.#read(prefix, signal);
    return new Map(entries.map(({ key, value }) => [key, value.toString()]));
  }

  /** All keys below the prefix, named by what comes after it. */
  async #read(prefix: string, signal: AbortSignal): Promise<Snapshot> {
    const { revision, entries } = await this.#store.readAll(prefix, signal);
    return { revision, entries: entries.map((entry) => ({ ...entry, key: entry.key.slice(prefix.length) })) };
  }
}
