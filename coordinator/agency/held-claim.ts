// A claim that we hold. "Is it still mine?" is asked inside each transaction, by the revision that created its key.
import { hasReason, StillpointError } from "../../proto/errors.ts";
import type { Claim, Plan, PlanChange, SavedPlanChange } from "./agency.ts";
import { batchesOf } from "./batches.ts";
import { changePlan } from "./change-plan.ts";
import type { AgencyKeys } from "./keys.ts";
import type { Guard, Lease, Store, Transaction } from "./store.ts";

export class HeldClaim implements Claim {
  readonly token: number;
  readonly signal: AbortSignal;
  readonly #store: Store;
  readonly #keys: AgencyKeys;
  readonly #lease: Lease;
  readonly #isOurs: Guard;
  #released: Promise<void> | undefined;

  constructor(store: Store, keys: AgencyKeys, lease: Lease) {
    this.#store = store;
    this.#keys = keys;
    this.#lease = lease;
    this.token = lease.createRevision;
    this.signal = lease.signal;
    this.#isOurs = { kind: "created", key: keys.claim, revision: lease.createRevision };
  }

  async journal(backupId: string, json: string): Promise<void> {
    await this.#overJob(backupId, { put: [{ key: this.#keys.jobs + backupId, value: Buffer.from(json) }], remove: [] });
  }

  record(backupId: string, json: string): Promise<void> {
    const put = [{ key: this.#keys.records + backupId, value: Buffer.from(json) }];
    return this.#write({ put, remove: [this.#keys.jobs + backupId] });
  }

  forget(backupId: string): Promise<void> {
    return this.#write({ remove: [this.#keys.records + backupId, this.#keys.jobs + backupId] });
  }

  async settle(backupId: string): Promise<void> {
    const { jobs, planBefore, planAfter } = this.#keys;
    const saved = await Promise.all([planBefore, planAfter].map((prefix) => this.#store.readAll(prefix, this.signal)));
    const remove = saved.flatMap(({ entries }) => entries.map(({ key }) => key));
    const batches = batchesOf({ put: [], remove: [...remove, jobs + backupId] }, this.#store.transactionLimits);
    for (const batch of batches) await this.#overJob(backupId, batch);
  }

  async savePlanChange({ before, after }: SavedPlanChange): Promise<void> {
    const { planBefore, planAfter } = this.#keys;
    const below = (prefix: string) => (entry: { key: string; value: Buffer }) => ({
      ...entry,
      key: prefix + entry.key,
    });
    const change = { put: [...before.map(below(planBefore)), ...after.map(below(planAfter))], remove: [] };
    for (const batch of batchesOf(change, this.#store.transactionLimits)) await this.#write(batch);
  }

  async changePlan(plan: Plan, change: PlanChange): Promise<number> {
    this.#mustBeHeld();
    const options = { guards: [this.#isOurs], signal: this.signal };
    try {
      return await changePlan(this.#store, this.#keys, plan, change, options);
    } catch (error) {
      if (hasReason(error, "plan-changed")) await this.#mustBeInStore();
      throw error;
    }
  }

  /** An error leaves it to the next call to try again, for as long as the lease lasts. */
  release(): Promise<void> {
    this.#released ??= this.#giveBack().catch((error: unknown) => {
      this.#released = undefined;
      throw error;
    });
    return this.#released;
  }

  /** What cannot be released now ends with its lease, which is not kept alive any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => this.#lease.end());
  }

  async #giveBack(): Promise<void> {
    if (!this.#lease.isHeld()) throw this.signal.reason;
    await this.#lease.end();
    await this.#transact({ put: [], remove: [this.#keys.claim] });
  }

  /** Only over the job as it is now: what was written for an earlier phase, and had no answer in time, may come late. */
  async #overJob(backupId: string, change: PlanChange): Promise<void> {
    const key = this.#keys.jobs + backupId;
    for (let triesLeft = 2; ; triesLeft--) {
      this.#mustBeHeld();
      const revision = (await this.#store.get(key, this.signal))?.modRevision ?? 0;
      const guards: Guard[] = [this.#isOurs, { kind: "modified", key, revision }];
      if ((await this.#store.transact({ guards, ...change }, this.signal)) !== undefined) return;
      await this.#mustBeInStore(); // then the job was written in between: by such a late write, or by a stranger
      if (triesLeft === 0) throw new StillpointError("claim-lost", `somebody else writes the job of "${backupId}"`);
    }
  }

  async #write({ put = [], remove = [] }: Partial<Transaction>): Promise<void> {
    this.#mustBeHeld();
    await this.#transact({ put, remove }, this.signal);
  }

  async #transact(writes: Omit<Transaction, "guards">, signal?: AbortSignal): Promise<void> {
    const revision = await this.#store.transact({ guards: [this.#isOurs], ...writes }, signal);
    if (revision === undefined) this.#throwLost();
  }

  #mustBeHeld(): void {
    if (this.#released !== undefined) throw new StillpointError("claim-lost", "the claim was released");
    if (!this.#lease.isHeld()) throw this.signal.reason;
  }

  async #mustBeInStore(): Promise<void> {
    const entry = await this.#store.get(this.#keys.claim, this.signal);
    if (entry?.createRevision !== this.token) this.#throwLost();
  }

  #throwLost(): never {
    this.#lease.lose("its key was removed from the agency, or its lease ended");
    throw this.signal.reason;
  }
}
