// The simulated agency: a store of keys with revisions that survives restarts, whose leases end by its own clock, and the
// client that a coordinator has of it. The client settles lost answers as etcd-store.ts does: it repeats the request, and a
// repeated one whose writes are in place was carried out.
import { abandon, KeptLease } from "../../coordinator/agency/kept-lease.ts";
import type {
  Guard,
  Lease,
  Snapshot,
  Store,
  StoredEntry,
  Summary,
  Transaction,
} from "../../coordinator/agency/store.ts";
import { cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

interface Entry extends StoredEntry {
  leaseId: number | undefined;
}

/** What is durable of the agency; its process may come and go. */
export class AgencyState {
  revision = 100;
  readonly entries = new Map<string, Entry>();
  readonly leases = new Map<number, { ttlMs: number; endsAt: number }>();
  process: Process;
  /** Counts compactions: a reading that began before the last one cannot go on. */
  compactions = 0;
  #lastLease = 0;
  readonly #world: World;

  constructor(world: World, process: Process) {
    this.#world = world;
    this.process = process;
  }

  /** As a new leader does it, every lease begins anew. */
  restart(process: Process): void {
    this.process = process;
    for (const [id, lease] of this.leases) {
      lease.endsAt = process.clock.now() + lease.ttlMs;
      this.#watch(id);
    }
  }

  grant(ttlMs: number): number {
    this.#lastLease++;
    this.leases.set(this.#lastLease, { ttlMs, endsAt: this.process.clock.now() + ttlMs });
    this.#watch(this.#lastLease);
    return this.#lastLease;
  }

  renew(id: number): boolean {
    const lease = this.leases.get(id);
    if (lease === undefined) return false;
    lease.endsAt = this.process.clock.now() + lease.ttlMs;
    return true;
  }

  below(prefix: string): StoredEntry[] {
    return [...this.entries.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The revision of the writes; undefined if a guard does not hold. `by` is who asked; nobody: the cluster itself. */
  transact(transaction: Transaction, by: Process | undefined, leaseId?: number): number | undefined {
    const { guards, put, remove } = transaction;
    if (!guards.every((guard) => this.#holds(guard))) return undefined;
    if (put.length + remove.length === 0) return this.revision;
    this.revision++;
    for (const { key, value } of put) {
      const createRevision = this.entries.get(key)?.createRevision ?? this.revision;
      this.entries.set(key, { key, value, createRevision, modRevision: this.revision, leaseId });
    }
    for (const key of remove) this.entries.delete(key);
    this.#world.oracle.onAgencyWrite(transaction, by);
    return this.revision;
  }

  /** The revision at which a transaction's writes were made that are all in place. */
  revisionInPlace({ put, remove }: Transaction): number | undefined {
    const written = put.map(({ key }) => this.entries.get(key));
    const isInPlace =
      put.every(({ value }, index) => written[index]?.value.equals(value)) &&
      remove.every((key) => !this.entries.has(key));
    const revisions = new Set(written.map((entry) => entry?.modRevision));
    if (!isInPlace || revisions.size > 1 || put.length + remove.length === 0) return undefined;
    return [...revisions][0] ?? this.revision;
  }

  #watch(id: number): void {
    const { process } = this;
    const lease = this.leases.get(id);
    if (lease === undefined) return;
    process.afterPlain(lease.endsAt - process.clock.now(), () => {
      if (this.process !== process || this.leases.get(id) !== lease) return;
      if (process.clock.now() < lease.endsAt) this.#watch(id);
      else this.#expire(id);
    });
  }

  #expire(id: number): void {
    this.leases.delete(id);
    const keys = [...this.entries.values()].filter(({ leaseId }) => leaseId === id).map(({ key }) => key);
    if (keys.length === 0) return;
    this.#world.coverage.hit("agency: lease ended");
    this.revision++;
    for (const key of keys) this.entries.delete(key);
    this.#world.oracle.onAgencyWrite({ guards: [], put: [], remove: keys }, undefined);
  }

  #holds(guard: Guard): boolean {
    switch (guard.kind) {
      case "created":
        return this.entries.get(guard.key)?.createRevision === guard.revision;
      case "modified":
        return (this.entries.get(guard.key)?.modRevision ?? 0) === guard.revision;
      case "unwritten-since":
        return this.below(guard.prefix).every(({ modRevision }) => modRevision <= guard.revision);
    }
  }
}

const defaultTimeoutMs = 2500;
const attemptMs = 900;
const firstPauseMs = 50;
const longestPauseMs = 400;
const mostBeginnings = 5;

/** How many keys go into one transaction and one page here, so that several are needed. */
const limits = { operations: 4, bytes: 4096 };

export class AgencyClient implements Store {
  readonly transactionLimits = limits;
  readonly #world: World;
  readonly #process: Process;
  readonly #leases = new Set<KeptLease>();

  constructor(world: World, process: Process) {
    this.#world = world;
    this.#process = process;
  }

  get(key: string, signal?: AbortSignal): Promise<StoredEntry | undefined> {
    return this.#call("get", (state) => state.entries.get(key), { signal });
  }

  /** Two pages at one revision; compaction in between begins it anew. */
  async readAll(prefix: string, signal?: AbortSignal): Promise<Snapshot> {
    for (let number = 1; number <= mostBeginnings; number++) {
      const look = (state: AgencyState) => ({
        compactions: state.compactions,
        snapshot: { revision: state.revision, entries: state.below(prefix) },
      });
      const { compactions, snapshot } = await this.#call("read", look, { signal });
      if (snapshot.entries.length <= 2) return snapshot;
      const isThere = await this.#call("read more", (state) => state.compactions === compactions, { signal });
      if (isThere) return snapshot;
      this.#world.coverage.hit("agency: compaction while reading");
    }
    throw new StillpointError("unreachable", `"${prefix}" was compacted away while it was being read`);
  }

  summarise(prefix: string, signal?: AbortSignal): Promise<Summary> {
    const summary = (state: AgencyState) => {
      const entries = state.below(prefix);
      return { newestModRevision: Math.max(0, ...entries.map((entry) => entry.modRevision)), count: entries.length };
    };
    return this.#call("summarise", summary, { signal });
  }

  transact(transaction: Transaction, signal?: AbortSignal): Promise<number | undefined> {
    const write = (state: AgencyState, number: number) => {
      const revision = state.transact(transaction, this.#process);
      return revision === undefined && number > 1 ? state.revisionInPlace(transaction) : revision;
    };
    return this.#call("transact", write, { signal });
  }

  async createLeased(key: string, value: Buffer, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    const { clock } = this.#process;
    const sentAt = clock.now();
    const leaseId = await this.#call("grant", (state) => state.grant(ttlMs), { signal });
    const create = (state: AgencyState) => {
      const there = state.entries.get(key);
      if (there !== undefined) return there.leaseId === leaseId ? there.createRevision : undefined;
      if (!state.leases.has(leaseId)) throw new StillpointError("unreachable", "the lease has ended");
      return state.transact({ guards: [], put: [{ key, value }], remove: [] }, this.#process, leaseId);
    };
    const createRevision = await this.#call("claim", create, { signal });
    if (createRevision === undefined) return undefined;
    const extend = (state: AgencyState) =>
      state.entries.get(key)?.createRevision === createRevision && state.renew(leaseId);
    const renew = (timeoutMs: number) => this.#call("renew", extend, { timeoutMs });
    return new KeptLease({ createRevision, ttlMs, clock, sentAt, renew, kept: this.#leases });
  }

  close(): Promise<void> {
    return abandon(this.#leases);
  }

  /** Repeats a request that got no answer, and tells it which try it is: an earlier one may have been carried out. */
  async #call<Value>(
    what: string,
    effect: (state: AgencyState, number: number) => Value,
    { timeoutMs = defaultTimeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal | undefined },
  ): Promise<Value> {
    const { clock } = this.#process;
    const giveUpAt = clock.now() + timeoutMs;
    for (let number = 1, pauseMs = firstPauseMs; ; number++, pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      if (signal?.aborted) throw cancelledBy(signal);
      const answered = await this.#attempt(
        what,
        (state) => effect(state, number),
        Math.min(attemptMs, giveUpAt - clock.now()),
      );
      if (answered !== undefined) return answered.value;
      if (number === 1) this.#world.coverage.hit("agency: request repeated");
      if (clock.now() + pauseMs >= giveUpAt)
        throw new StillpointError("unreachable", `the agency does not answer (${what})`);
      await clock.sleep(pauseMs, signal ?? forever);
    }
  }

  /** Undefined if no answer came. */
  async #attempt<Value>(what: string, effect: (state: AgencyState) => Value, withinMs: number) {
    const { agency, network } = this.#world;
    const { promise, resolve, reject } = Promise.withResolvers<{ value: Value } | undefined>();
    const timeout = this.#process.after(withinMs, () => resolve(undefined));
    await this.#process.perform(`agency ${what}`, () => {
      const { process } = agency;
      if (!process.isAlive) return void this.#process.after(1, () => resolve(undefined));
      network.send(this.#process.name, "agency", process, () => {
        const answer = answerOf(() => effect(agency));
        const isSent = network.send("agency", this.#process.name, this.#process, () => {
          if ("error" in answer) reject(answer.error);
          else resolve(answer);
        });
        if (!isSent) this.#world.coverage.hit("agency: answer lost after the effect");
      });
    });
    try {
      return await promise;
    } finally {
      timeout.cancelled = true;
    }
  }
}

const forever = new AbortController().signal;

function answerOf<Value>(effect: () => Value): { value: Value } | { error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}
