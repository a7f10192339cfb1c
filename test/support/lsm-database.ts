// LevelDB and RocksDB behind one small interface, with buffers so small that they flush and compact all the time.
import { ClassicLevel } from "classic-level";
import RocksDB from "rocksdb-native";
import type { Operation } from "./lsm-load.ts";

export type LsmKind = "leveldb" | "rocksdb";

export interface LsmDatabase {
  apply(operations: readonly Operation[]): Promise<void>;
  compact(): Promise<void>;
  entries(): Promise<Map<string, string>>;
  close(): Promise<void>;
}

const writeBufferSize = 64 * 1024;

/** Creates the database if there is none. */
export function openLsm(kind: LsmKind, directory: string): Promise<LsmDatabase> {
  return kind === "leveldb" ? openLevel(directory) : openRocks(directory);
}

async function openLevel(directory: string): Promise<LsmDatabase> {
  const level = new ClassicLevel<string, string>(directory, { writeBufferSize });
  await level.open();
  return {
    apply: (operations) =>
      level.batch(
        operations.map(({ key, value }) => (value === undefined ? { type: "del", key } : { type: "put", key, value })),
      ),
    compact: () => level.compactRange("", "~"),
    entries: async () => new Map(await level.iterator().all()),
    close: () => level.close(),
  };
}

/** Larger values are in blob files. */
async function openRocks(directory: string): Promise<LsmDatabase> {
  const blobs = { enableBlobFiles: true, minBlobSize: 300, blobFileSize: 1024 * 1024 };
  const rocks = new RocksDB(directory, { writeBufferSize, ...blobs });
  await rocks.ready();
  return {
    apply: async (operations) => {
      const batch = rocks.write();
      for (const { key, value } of operations) value === undefined ? batch.tryDelete(key) : batch.tryPut(key, value);
      await batch.flush();
      batch.destroy();
    },
    compact: () => rocks.compactRange(),
    entries: async () => {
      const entries = new Map<string, string>();
      for await (const { key, value } of rocks.iterator({ capacity: 1000 })) entries.set(String(key), String(value));
      return entries;
    },
    close: () => rocks.close(),
  };
}
