// The store in etcd.
import {
  castGrpcError,
  GRPCCancelledError,
  type ILeaseKeepAliveResponse,
  type ITxnResponse,
  SortOrder,
  SortTarget,
} from "etcd3";
import { systemClock } from "../../runtime/clock.ts";
import { type Attempt, type EtcdConnection, EtcdEndpoints } from "./etcd-endpoints.ts";
import { createRequest, entryOf, revisionIfInPlace, transactionRequest } from "./etcd-messages.ts";
import { readAllPages } from "./etcd-paging.ts";
import { abandon, KeptLease } from "./kept-lease.ts";
import {
  endOfPrefix,
  type Lease,
  type Snapshot,
  type Store,
  type StoredEntry,
  type Summary,
  type Transaction,
} from "./store.ts";

export class EtcdStore implements Store {
  /** etcd takes 128 operations and 1.5 MiB; guards and keys count too. */
  readonly transactionLimits = { operations: 100, bytes: 1024 * 1024 };
  readonly #etcd: EtcdEndpoints;
  readonly #leases = new Set<KeptLease>();

  constructor(connection: EtcdConnection) {
    this.#etcd = new EtcdEndpoints(connection);
  }

  get(key: string, signal?: AbortSignal): Promise<StoredEntry | undefined> {
    return this.#etcd.call((attempt) => getEntry(attempt, key), { signal });
  }

  readAll(prefix: string, signal?: AbortSignal): Promise<Snapshot> {
    return readAllPages(this.#etcd, prefix, signal);
  }

  summarise(prefix: string, signal?: AbortSignal): Promise<Summary> {
    const range = { key: Buffer.from(prefix), range_end: Buffer.from(endOfPrefix(prefix)) };
    const newest = { sort_target: SortTarget.Mod, sort_order: SortOrder.Descend, limit: 1, keys_only: true };
    return this.#etcd.call(
      async ({ client, options }) => {
        const { kvs, count } = await client.kv.range({ ...range, ...newest }, options);
        return { newestModRevision: Number(kvs[0]?.mod_revision ?? 0), count: Number(count) };
      },
      { signal },
    );
  }

  /** A try that got no answer may have been carried out. The next one then finds its guards broken by itself. */
  transact(transaction: Transaction, signal?: AbortSignal): Promise<number | undefined> {
    const request = transactionRequest(transaction);
    return this.#etcd.call(
      async ({ client, number, options }) => {
        const answer = await client.kv.txn(request, options);
        if (answer.succeeded) return Number(answer.header.revision);
        return number > 1 ? revisionIfInPlace(answer, transaction) : undefined;
      },
      { signal },
    );
  }

  /**
   * The lease's id says whose key it is, so the transaction may be repeated when its answer was lost. If it stays
   * unanswered, nobody keeps the lease alive, and the key goes with it.
   */
  async createLeased(key: string, value: Buffer, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    const clock = systemClock;
    const sentAt = clock.now();
    const grant = { TTL: Math.ceil(ttlMs / 1000) };
    const granted = await this.#etcd.call(({ client, options }) => client.leaseClient.leaseGrant(grant, options), {
      signal,
    });
    const leaseId = granted.ID;
    const request = createRequest(key, value, leaseId);
    const answer = await this.#etcd.call(({ client, options }) => client.kv.txn(request, options), { signal });
    const createRevision = createRevisionIfOurs(answer, leaseId);
    if (createRevision === undefined) {
      await this.#revoke(leaseId);
      return undefined;
    }
    const renew = (timeoutMs: number) =>
      this.#etcd.call((attempt) => renewOnce(attempt, { key, createRevision, leaseId }), { timeoutMs });
    return new KeptLease({
      createRevision,
      ttlMs: 1000 * Number(granted.TTL),
      clock,
      sentAt,
      renew,
      kept: this.#leases,
    });
  }

  async close(): Promise<void> {
    await abandon(this.#leases);
    this.#etcd.close();
  }

  /** A lease that nothing hangs on ends by itself, if this fails. */
  async #revoke(leaseId: string): Promise<void> {
    const revoke = ({ client, options }: Attempt) => client.leaseClient.leaseRevoke({ ID: leaseId }, options);
    await this.#etcd.call(revoke, { timeoutMs: 500 }).catch(() => {});
  }
}

async function getEntry({ client, options }: Attempt, key: string): Promise<StoredEntry | undefined> {
  const { kvs } = await client.kv.range({ key: Buffer.from(key) }, options);
  return kvs[0] && entryOf(kvs[0]);
}

function createRevisionIfOurs(answer: ITxnResponse, leaseId: string): number | undefined {
  if (answer.succeeded) return Number(answer.header.revision);
  const there = answer.responses[0]?.response_range.kvs[0];
  return there?.lease === leaseId ? Number(there.create_revision) : undefined;
}

/** The look at the key comes first: it gets a new authentication token where the old one has ended, a stream does not. */
async function renewOnce(
  attempt: Attempt,
  { key, createRevision, leaseId }: { key: string; createRevision: number; leaseId: string },
): Promise<boolean> {
  const entry = await getEntry(attempt, key);
  if (entry?.createRevision !== createRevision) return false;
  const { TTL } = await keepAliveOnce(attempt, leaseId);
  return TTL !== "0";
}

/** Ended, not cancelled: after a cancelled stream the client would close its connections. */
async function keepAliveOnce({ client, options }: Attempt, leaseId: string): Promise<ILeaseKeepAliveResponse> {
  const stream = await client.leaseClient.leaseKeepAlive(options);
  const answer = new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
    stream.on("data", resolve);
    stream.on("error", (error) => reject(castGrpcError(error)));
    stream.on("end", () => reject(new GRPCCancelledError("etcd ended the stream of keep-alives")));
  });
  stream.write({ ID: leaseId });
  return await answer.finally(() => stream.end());
}
