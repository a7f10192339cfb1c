// The store in one local file, for a cluster on a single machine.
//
// A lease ends at a time of CLOCK_MONOTONIC, which all processes of a machine share until it boots again; so its boot id
// is kept beside it. Every transaction first removes what has lived longer than its lease.
import { readFileSync } from "node:fs";
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { systemClock } from "../../runtime/clock.ts";
import { EmbeddedFile, type WaitOptions } from "./embedded-file.ts";
import { abandon, KeptLease } from "./kept-lease.ts";
import {
  endOfPrefix,
  type Guard,
  type Lease,
  type Snapshot,
  type Store,
  type StoredEntry,
  type Summary,
  type Transaction,
} from "./store.ts";

export class EmbeddedStore implements Store {
  readonly transactionLimits = { operations: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
  readonly #file: EmbeddedFile;
  readonly #bootId: string;
  readonly #leases = new Set<KeptLease>();

  static async open(path: string): Promise<EmbeddedStore> {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return new EmbeddedStore(await EmbeddedFile.open(path), bootId);
  }

  private constructor(file: EmbeddedFile, bootId: string) {
    this.#file = file;
    this.#bootId = bootId;
  }

  get(key: string, signal?: AbortSignal): Promise<StoredEntry | undefined> {
    return this.#transaction((database) => find(database, key), { signal });
  }

  readAll(prefix: string, signal?: AbortSignal): Promise<Snapshot> {
    const select = "SELECT * FROM entries WHERE key >= ? AND key < ? ORDER BY key";
    return this.#transaction(
      (database) => ({
        revision: currentRevision(database),
        entries: database.prepare(select).all(prefix, endOfPrefix(prefix)).map(entryOf),
      }),
      { signal },
    );
  }

  summarise(prefix: string, signal?: AbortSignal): Promise<Summary> {
    return this.#transaction((database) => summarise(database, prefix), { signal });
  }

  transact({ guards, put, remove }: Transaction, signal?: AbortSignal): Promise<number | undefined> {
    return this.#transaction(
      (database) => {
        if (!guards.every((guard) => holds(database, guard))) return undefined;
        if (put.length + remove.length === 0) return currentRevision(database);
        const revision = nextRevision(database);
        const putStatement = database.prepare(upsert);
        for (const { key, value } of put) putStatement.run({ key, value, revision });
        const removeStatement = database.prepare("DELETE FROM entries WHERE key = ?");
        for (const key of remove) removeStatement.run(key);
        return revision;
      },
      { signal },
    );
  }

  async createLeased(key: string, value: Buffer, ttlMs: number, signal?: AbortSignal): Promise<Lease | undefined> {
    const clock = systemClock;
    const sentAt = clock.now();
    const create = (database: DatabaseSync) => {
      if (find(database, key) !== undefined) return undefined;
      const revision = nextRevision(database);
      database.prepare(upsert).run({ key, value, revision });
      this.#extendLease(database, { key, createRevision: revision, ttlMs });
      return revision;
    };
    const createRevision = await this.#transaction(create, { signal });
    if (createRevision === undefined) return undefined;
    const extend = (database: DatabaseSync) => this.#extendLease(database, { key, createRevision, ttlMs });
    const renew = (timeoutMs: number) => this.#transaction(extend, { timeoutMs });
    return new KeptLease({ createRevision, ttlMs, clock, sentAt, renew, kept: this.#leases });
  }

  async close(): Promise<void> {
    await abandon(this.#leases);
    this.#file.close();
  }

  #transaction<T>(work: (database: DatabaseSync) => T, options: WaitOptions): Promise<T> {
    return this.#file.transaction((database) => {
      this.#removeExpired(database);
      return work(database);
    }, options);
  }

  #removeExpired(database: DatabaseSync): void {
    const remove = "DELETE FROM entries WHERE leaseEndsAt IS NOT NULL AND (leaseEndsAt <= ? OR leaseBootId <> ?)";
    const { changes } = database.prepare(remove).run(monotonicMs(), this.#bootId);
    if (changes > 0) nextRevision(database);
  }

  #extendLease(database: DatabaseSync, lease: { key: string; createRevision: number; ttlMs: number }): boolean {
    const update = "UPDATE entries SET leaseEndsAt = ?, leaseBootId = ? WHERE key = ? AND createRevision = ?";
    const endsAt = monotonicMs() + lease.ttlMs;
    return database.prepare(update).run(endsAt, this.#bootId, lease.key, lease.createRevision).changes === 1;
  }
}

const upsert = `
  INSERT INTO entries (key, value, createRevision, modRevision) VALUES ($key, $value, $revision, $revision)
  ON CONFLICT DO UPDATE SET value = $value, modRevision = $revision, leaseEndsAt = NULL, leaseBootId = NULL
`;

/** The same for all processes of this machine. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function currentRevision(database: DatabaseSync): number {
  return Number(database.prepare("SELECT revision FROM counter").get()?.revision);
}

function nextRevision(database: DatabaseSync): number {
  database.exec("UPDATE counter SET revision = revision + 1");
  return currentRevision(database);
}

function find(database: DatabaseSync, key: string): StoredEntry | undefined {
  const row = database.prepare("SELECT * FROM entries WHERE key = ?").get(key);
  return row && entryOf(row);
}

function summarise(database: DatabaseSync, prefix: string): Summary {
  const select =
    "SELECT coalesce(max(modRevision), 0) AS newest, count(*) AS count FROM entries WHERE key >= ? AND key < ?";
  const row = database.prepare(select).get(prefix, endOfPrefix(prefix));
  return { newestModRevision: Number(row?.newest), count: Number(row?.count) };
}

function holds(database: DatabaseSync, guard: Guard): boolean {
  switch (guard.kind) {
    case "created":
      return find(database, guard.key)?.createRevision === guard.revision;
    case "modified":
      return (find(database, guard.key)?.modRevision ?? 0) === guard.revision;
    case "unwritten-since":
      return summarise(database, guard.prefix).newestModRevision <= guard.revision;
  }
}

function entryOf(row: Record<string, SQLOutputValue>): StoredEntry {
  const { key, createRevision, modRevision } = row;
  const value = row.value as Uint8Array;
  return {
    key: String(key),
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    createRevision: Number(createRevision),
    modRevision: Number(modRevision),
  };
}
