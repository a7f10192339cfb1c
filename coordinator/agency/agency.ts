// The port to the agency: the cluster's consistent store. etcd and the embedded store pass test/contracts/agency.ts.

/** No call waits longer than a few seconds: an agency that does not answer is `unreachable`. */
export interface Agency {
  /**
   * Takes the cluster's only slot for a backup, restore or deletion, and keeps it until it is released or lost.
   * @throws StillpointError claim-taken, which says who holds it, for what and since when
   */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<Claim>;

  /** Who holds the claim now. */
  currentClaim(signal: AbortSignal): Promise<ClaimInfo | undefined>;

  /** All keys below `<root>/Plan/`, as they were at one revision. */
  readPlan(signal: AbortSignal): Promise<Plan>;

  /** Whether the Plan is still what was read. One small request. */
  isCurrent(plan: Plan, signal: AbortSignal): Promise<boolean>;

  /**
   * Changes the Plan if it is still what was read: in one transaction, or in several where the store cannot take it in
   * one (change-plan.ts). Returns the revision after it.
   * @throws StillpointError plan-changed, which says whether a part of the change was written
   */
  changePlan(plan: Plan, change: PlanChange, signal: AbortSignal): Promise<number>;

  /** The records of all committed backups: JSON text by backup id. */
  listRecords(signal: AbortSignal): Promise<Map<string, string>>;

  /** The jobs of runs that go on or died: JSON text by backup id. */
  listJobs(signal: AbortSignal): Promise<Map<string, string>>;

  /** What a restore has saved of the Plan; empty if there is none. */
  readPlanChange(signal: AbortSignal): Promise<SavedPlanChange>;

  /** Ends connections and timers. A claim that is still held is lost; its slot is free when its lease ends. Repeatable. */
  close(): Promise<void>;
}

export interface ClaimRequest {
  /** The coordinator's name. */
  holder: string;
  backupId: string;
  purpose: "create" | "restore" | "delete" | "settle";
}

export interface ClaimInfo extends ClaimRequest {
  /** By the holder's clock. */
  since: Date;
  token: number;
}

/** The claim, held. Every write is made in a transaction that fails with claim-lost unless the claim is still ours. */
export interface Claim extends AsyncDisposable {
  /** The agency's revision that created the claim. A later claim has a larger one. */
  readonly token: number;
  /** Aborts with claim-lost, at the latest when the lease may have ended; measured on our own monotonic clock. */
  readonly signal: AbortSignal;
  /** Writes the job of a run: what another coordinator must know to settle it. */
  journal(backupId: string, json: string): Promise<void>;
  /** Writes the record of a committed backup, and removes its job in the same step. */
  record(backupId: string, json: string): Promise<void>;
  /** Removes the record of a backup, and its job in the same step. */
  forget(backupId: string): Promise<void>;
  /** Removes the job of a run of which nothing is left, and last of all, with what it had saved of the Plan. */
  settle(backupId: string): Promise<void>;
  /** Saves what is going to be changed in the Plan, for whoever must finish the change or take it back. */
  savePlanChange(saved: SavedPlanChange): Promise<void>;
  /** As Agency.changePlan, under the claim. */
  changePlan(plan: Plan, change: PlanChange): Promise<number>;
  /** Gives the slot back. Takes no signal. Repeatable. @throws claim-lost if it was not ours any more */
  release(): Promise<void>;
}

export interface Plan {
  /** The agency's revision that it was read at. */
  revision: number;
  /** Sorted by key. */
  entries: PlanEntry[];
}

export interface PlanEntry {
  /** Below `<root>/Plan/`, such as `DBServers/db1`. */
  key: string;
  value: Buffer;
  /** The revision that wrote it last. */
  modRevision: number;
}

/** Keys of the Plan with their values before and after a change; a key that is missing on one side is absent there. */
export interface SavedPlanChange {
  before: { key: string; value: Buffer }[];
  after: { key: string; value: Buffer }[];
}

export interface PlanChange {
  put: { key: string; value: Buffer }[];
  remove: string[];
}
