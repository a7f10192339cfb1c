// The port to a store of keys with revisions: what the agency (store-agency.ts) needs of etcd or of a local file.
//
// The store has one revision; every transaction that writes makes it larger. A key knows the revision that created it
// and the one that wrote it last. Every call ends within a few seconds; when the store does not answer, as `unreachable`.
// A signal ends the repeating of a request, not a request that is already on its way.

export interface Store {
  readonly transactionLimits: TransactionLimits;

  get(key: string, signal?: AbortSignal): Promise<StoredEntry | undefined>;

  /** All keys below the prefix, as they were at one revision. */
  readAll(prefix: string, signal?: AbortSignal): Promise<Snapshot>;

  /** What tells whether anything below the prefix has changed, in one small request. */
  summarise(prefix: string, signal?: AbortSignal): Promise<Summary>;

  /**
   * Makes all writes in one step if all guards hold. A lost answer is settled before this returns: repeating a
   * transaction must be harmless.
   * @returns the revision of the writes, or undefined if a guard did not hold
   */
  transact(transaction: Transaction, signal?: AbortSignal): Promise<number | undefined>;

  /**
   * Creates a key that lives as long as its lease, and keeps the lease alive.
   * @returns undefined if the key is there already
   */
  createLeased(key: string, value: Buffer, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined>;

  /** Ends connections and timers. Leases are not kept alive any more and end with their time. */
  close(): Promise<void>;
}

export interface TransactionLimits {
  /** Most keys that one transaction may write. */
  operations: number;
  /** Most bytes of keys and values that one transaction may write; a larger value goes alone. */
  bytes: number;
}

export interface StoredEntry {
  key: string;
  value: Buffer;
  createRevision: number;
  modRevision: number;
}

export interface Snapshot {
  revision: number;
  /** Sorted by the bytes of the key. */
  entries: StoredEntry[];
}

export interface Summary {
  /** 0 if there are no keys. */
  newestModRevision: number;
  count: number;
}

export interface Transaction {
  guards: Guard[];
  /** No key twice, neither here nor in `remove`. */
  put: { key: string; value: Buffer }[];
  remove: string[];
}

export type Guard =
  /** The key is the one that was created at this revision. */
  | { kind: "created"; key: string; revision: number }
  /** The key was written last at this revision; 0: the key is absent. */
  | { kind: "modified"; key: string; revision: number }
  /** No key below the prefix was written after this revision. Says nothing of keys that were removed. */
  | { kind: "unwritten-since"; prefix: string; revision: number };

/** A key that lives as long as its lease. */
export interface Lease {
  readonly createRevision: number;
  /** Aborts with claim-lost, before the lease may have ended in the store. */
  readonly signal: AbortSignal;
  /** Compares with the clock: after a process was stopped, timers are late. */
  isHeld(): boolean;
  /** Aborts the signal: somebody has seen that the key is not ours any more. */
  lose(why: string): void;
  /** Stops keeping it alive and waits for the last request. Does not remove the key. Repeatable; never throws. */
  end(): Promise<void>;
}

/** The first key after all keys below the prefix. */
export function endOfPrefix(prefix: string): string {
  if (!prefix.endsWith("/")) throw new RangeError(`a prefix ends with "/": "${prefix}"`);
  return `${prefix.slice(0, -1)}0`; // in bytes, "0" comes right after "/"
}
