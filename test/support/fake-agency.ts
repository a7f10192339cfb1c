// An agency in memory. Others take its claim and change its Plan when a test says so.
import type {
  Agency,
  Claim,
  ClaimInfo,
  ClaimRequest,
  Plan,
  PlanChange,
  SavedPlanChange,
} from "../../coordinator/agency/agency.ts";
import { claimTaken } from "../../coordinator/agency/claim-value.ts";
import { StillpointError } from "../../proto/errors.ts";
import { type Call, FakeWire } from "./fake-wire.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type AgencyMethod =
  | Exclude<keyof Agency, "close">
  | Exclude<keyof Claim, "token" | "signal" | typeof Symbol.asyncDispose>;

export class FakeAgency implements Agency {
  readonly wire: FakeWire<AgencyMethod>;
  /** JSON text by backup id. */
  readonly records = new Map<string, string>();
  /** JSON text by backup id. */
  readonly jobs = new Map<string, string>();
  saved: SavedPlanChange = { before: [], after: [] };
  readonly #clock: VirtualClock;
  readonly #plan = new Map<string, { value: Buffer; modRevision: number }>();
  #revision = 100;
  #claim: FakeClaim | undefined;

  constructor(clock: VirtualClock, calls: Call[]) {
    this.#clock = clock;
    this.wire = new FakeWire("agency", clock, calls);
  }

  get plan(): Record<string, string> {
    return Object.fromEntries(this.#entries().map(({ key, value }) => [key, value.toString()]));
  }

  /** Who has the claim now. */
  get holder(): ClaimInfo | undefined {
    return this.#claim?.info;
  }

  /** Somebody else changes the Plan; undefined removes the key. */
  writePlan(key: string, value: string | undefined): void {
    const change =
      value === undefined ? { put: [], remove: [key] } : { put: [{ key, value: Buffer.from(value) }], remove: [] };
    this.#write(change);
  }

  /** The lease ends, and somebody else may have the slot. */
  loseClaim(): void {
    this.#claim?.lost.abort(new StillpointError("claim-lost", "the claim was lost: its lease ended"));
    this.#claim = undefined;
  }

  claim(request: ClaimRequest, signal: AbortSignal): Promise<Claim> {
    return this.wire.carry("claim", request, signal, () => {
      if (this.#claim !== undefined) throw claimTaken(this.#claim.info);
      this.#revision += 1;
      this.#claim = new FakeClaim(this, { ...request, since: this.#clock.date(), token: this.#revision });
      return this.#claim;
    });
  }

  currentClaim(signal: AbortSignal): Promise<ClaimInfo | undefined> {
    return this.wire.carry("currentClaim", {}, signal, () => this.holder);
  }

  readPlan(signal: AbortSignal): Promise<Plan> {
    return this.wire.carry("readPlan", {}, signal, () => ({ revision: this.#revision, entries: this.#entries() }));
  }

  isCurrent(plan: Plan, signal: AbortSignal): Promise<boolean> {
    return this.wire.carry("isCurrent", { revision: plan.revision }, signal, () => this.#isCurrent(plan));
  }

  changePlan(plan: Plan, change: PlanChange, signal?: AbortSignal): Promise<number> {
    return this.wire.carry("changePlan", { change }, signal, () => {
      if (!this.#isCurrent(plan)) throw new StillpointError("plan-changed", "somebody else changed the Plan");
      return this.#write(change);
    });
  }

  listRecords(signal: AbortSignal): Promise<Map<string, string>> {
    return this.wire.carry("listRecords", {}, signal, () => new Map(this.records));
  }

  listJobs(signal: AbortSignal): Promise<Map<string, string>> {
    return this.wire.carry("listJobs", {}, signal, () => new Map(this.jobs));
  }

  readPlanChange(signal: AbortSignal): Promise<SavedPlanChange> {
    return this.wire.carry("readPlanChange", {}, signal, () => this.saved);
  }

  async close(): Promise<void> {}

  /** @throws StillpointError claim-lost */
  mustBeHeld(claim: FakeClaim): void {
    if (this.#claim === claim) return;
    throw new StillpointError("claim-lost", "the claim was lost: somebody else may have it");
  }

  free(): void {
    this.#claim = undefined;
  }

  #isCurrent({ revision, entries }: Plan): boolean {
    const newest = Math.max(0, ...[...this.#plan.values()].map(({ modRevision }) => modRevision));
    return newest <= revision && this.#plan.size === entries.length;
  }

  #write({ put, remove }: PlanChange): number {
    this.#revision += 1;
    for (const { key, value } of put) this.#plan.set(key, { value, modRevision: this.#revision });
    for (const key of remove) this.#plan.delete(key);
    return this.#revision;
  }

  #entries() {
    const entries = [...this.#plan].map(([key, entry]) => ({ key, ...entry }));
    return entries.sort((left, right) => (left.key < right.key ? -1 : 1));
  }
}

class FakeClaim implements Claim {
  readonly info: ClaimInfo;
  readonly lost = new AbortController();
  readonly #agency: FakeAgency;
  #released = false;

  constructor(agency: FakeAgency, info: ClaimInfo) {
    this.#agency = agency;
    this.info = info;
  }

  get token(): number {
    return this.info.token;
  }

  get signal(): AbortSignal {
    return this.lost.signal;
  }

  journal(backupId: string, json: string): Promise<void> {
    const { phase } = JSON.parse(json) as { phase: string };
    return this.#write("journal", { backupId, phase }, ({ jobs }) => jobs.set(backupId, json));
  }

  record(backupId: string, json: string): Promise<void> {
    return this.#write("record", { backupId }, ({ records, jobs }) => {
      records.set(backupId, json);
      jobs.delete(backupId);
    });
  }

  forget(backupId: string): Promise<void> {
    return this.#write("forget", { backupId }, ({ records, jobs }) => {
      records.delete(backupId);
      jobs.delete(backupId);
    });
  }

  settle(backupId: string): Promise<void> {
    return this.#write("settle", { backupId }, (agency) => {
      agency.saved = { before: [], after: [] };
      agency.jobs.delete(backupId);
    });
  }

  savePlanChange(saved: SavedPlanChange): Promise<void> {
    return this.#write("savePlanChange", {}, (agency) => {
      agency.saved = saved;
    });
  }

  async changePlan(plan: Plan, change: PlanChange): Promise<number> {
    this.#agency.mustBeHeld(this);
    return await this.#agency.changePlan(plan, change, this.signal);
  }

  release(): Promise<void> {
    if (this.#released) return Promise.resolve();
    return this.#agency.wire.carry("release", {}, undefined, () => {
      this.#agency.mustBeHeld(this);
      this.#released = true;
      this.#agency.free();
    });
  }

  #write(method: AgencyMethod, details: object, write: (agency: FakeAgency) => void): Promise<void> {
    return this.#agency.wire.carry(method, details, this.signal, () => {
      this.#agency.mustBeHeld(this);
      write(this.#agency);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release().catch(() => {}); // as the contract says: the lease ends by itself
  }
}
