// What is live, read from MANIFESTs that real engines wrote, and from ones that are made up.
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import fc from "fast-check";
import RocksDB from "rocksdb-native";
import { describe, expect, test } from "vitest";
import { crc32c } from "../../agent/files/crc32c.ts";
import { readRecords } from "../../agent/files/log-reader.ts";
import { type LiveSet, readManifest } from "../../agent/files/manifest.ts";
import { StillpointError } from "../../proto/errors.ts";
import { record, writeFragment, writeLog } from "../support/manifest-writer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("of real engines", () => {
  test("the tables of a LevelDB that flushed and compacted are those on its disk", async () => {
    const { manifest, onDisk } = await compactedLevelDb();
    const live = readManifest(manifest, "MANIFEST");
    expect(onDisk.tables.size).toBeGreaterThan(1);
    expect(live.tables).toEqual(onDisk.tables);
    expect([...live.blobs.keys()]).toEqual([]);
    expect(onDisk.wals.filter((number) => number >= live.logNumber)).toEqual(onDisk.wals);
  });

  test("the tables and blob files of a RocksDB with several column families are those on its disk", async () => {
    const { manifest, onDisk } = await compactedRocksDb();
    const live = readManifest(manifest, "MANIFEST");
    expect(onDisk.tables.size).toBeGreaterThan(2);
    expect(onDisk.blobs.length).toBeGreaterThan(1);
    expect(live.tables).toEqual(onDisk.tables);
    expect(neededBlobs(live)).toEqual(onDisk.blobs);
    expect(live.blobs.size).toBeGreaterThan(onDisk.blobs.length);
    expect(onDisk.wals.filter((number) => number >= live.logNumber)).toEqual(onDisk.wals);
  });

  test("a MANIFEST that is cut anywhere is read up to its last whole record", async () => {
    const { manifest } = await compactedLevelDb();
    const all = [...readRecords(manifest, "MANIFEST")].length;
    let lastCount = 0;
    for (let length = 0; length <= manifest.length; length++) {
      const count = [...readRecords(manifest.subarray(0, length), "MANIFEST")].length;
      expect(count - lastCount).toBeOneOf([0, 1]);
      lastCount = count;
    }
    expect(lastCount).toBe(all);
    expect(all).toBeGreaterThan(10);
  });

  test("a bit that flipped in one of the first records is noticed", async () => {
    const { manifest } = await compactedLevelDb();
    for (let offset = 0; offset < 200; offset++) {
      const flipped = Buffer.from(manifest);
      flipped[offset] = (flipped[offset] ?? 0) ^ 1;
      expect(() => readManifest(flipped, "db/MANIFEST-000007"), `byte ${offset}`).toThrow(
        /"db\/MANIFEST-000007" is damaged/,
      );
    }
  });
});

describe("made by hand", () => {
  /** Next file number and last sequence, without which no MANIFEST is whole. */
  const basics = record(3, 100, 4, 2 ** 55);

  test("a table that moves to another level stays, one that is deleted goes", () => {
    const live = liveAfter(
      record(2, 8, 9, 3, 7, 0, 10, 1000, "a", "m", 7, 0, 11, 1100, "n", "z"),
      record(5, 1, "m", 6, 0, 10, 7, 1, 10, 1000, "a", "m"),
      record(6, 0, 11),
    );
    expect(live).toEqual({ tables: new Map([[10, 1000]]), blobs: new Map(), logNumber: 8, previousLogNumber: 3 });
  });

  test("all encodings of a new table are read", () => {
    const live = liveAfter(
      record(2, 1, 1, "leveldb.BytewiseComparator"),
      record(100, 0, 20, 2000, "a", "b", 1, 2 ** 55),
      record(102, 0, 21, 0, 2100, "a", "b", 1, 2),
      record(103, 0, 22, 2200, "a", "b", 1, 2, 5, "time", 13, "epoch", 30, "unknown, ignored", 1),
    );
    expect([...live.tables]).toEqual([
      [20, 2000],
      [21, 2100],
      [22, 2200],
    ]);
  });

  test("the smallest log number of all column families counts, and what a dropped one had is gone", () => {
    const live = liveAfter(
      record(2, 9, 203, 2),
      record(200, 1, 201, "one", 2, 5),
      record(200, 2, 201, "two", 2, 6),
      record(200, 1, 7, 0, 30, 3000, "a", "b"),
      record(200, 2, 7, 0, 31, 3100, "a", "b"),
      record(200, 1, 202),
    );
    expect([...live.tables.keys()]).toEqual([31]);
    expect(live.logNumber).toBe(6);
    expect(() => liveAfter(record(2, 1), record(200, 3, 2, 5))).toThrow(/column family 3 was never added/);
  });

  test("WALs that prepared transactions need are kept, wherever that number is written", () => {
    const inTable = Buffer.alloc(8);
    inTable.writeBigUInt64LE(4n);
    expect(liveAfter(record(2, 9, 10, 7)).logNumber).toBe(7);
    expect(liveAfter(record(2, 9), record(103, 0, 22, 2200, "a", "b", 1, 2, 3, inTable, 1)).logNumber).toBe(4);
  });

  test("a blob file is needed while a table may point into it", () => {
    const table = (number: number, oldestBlob: number) =>
      record(103, 0, number, 1, "a", "b", 1, 2, 4, record(oldestBlob), 1);
    const live = liveAfter(
      record(2, 1),
      ...[40, 41, 42, 43].map((number) => record(400, number, 10, 1000, "", "", 0)),
      record(8194, 44, 10, 1000, "sha", "sum", 7, "custom", 0),
      table(50, 41),
      record(401, 41, 10, 1000, 0),
      record(401, 42, 4, 400, 0),
      record(8195, 42, 6, 600, 0),
      record(401, 43, 9, 900, 0),
    );
    expect([...live.blobs]).toEqual([
      [40, false], // older than what any table points into
      [41, true], // a table says so, whatever the garbage
      [42, false], // nothing but garbage
      [43, true],
      [44, true],
    ]);
  });

  test("an atomic group comes into force as a whole or not at all", () => {
    const first = record(7, 0, 60, 1, "a", "b", 300, 1);
    const second = record(7, 0, 61, 1, "a", "b", 300, 0);
    expect([...liveAfter(record(2, 1), first, second).tables.keys()]).toEqual([60, 61]);
    expect([...liveAfter(record(2, 1), first).tables.keys()]).toEqual([]);
    expect(() => liveAfter(record(2, 1), first, record(2, 1))).toThrow(/atomic group is broken/);
  });

  test("what is new and may be ignored is ignored, and so is what is known of WALs", () => {
    const live = liveAfter(
      record(2, 1, 8193, "id", 8203, "size", 16000, "of the future"),
      record(8196, 12, 2, 4096, 1, 8196, 13, 1, 8197, 12, 8199, record(14, 1), 8200, record(14)),
    );
    expect(live.logNumber).toBe(1);
  });

  test("an unknown tag that may not be ignored is refused by number and file", () => {
    expect(() => liveAfter(record(2, 1), record(12, 5))).toThrow(
      /"db\/MANIFEST-000007" is damaged: the tag 12 is unknown/,
    );
    expect(() => liveAfter(record(103, 0, 9, 1, "a", "b", 1, 2, 70, "x", 1))).toThrow(/tag 70 of table 9/);
    expect(() => liveAfter(record(400, 9, 1, 1, "", "", 64, "x", 0))).toThrow(/tag 64 of a blob file/);
    expect(() => liveAfter(record(8196, 9, 3))).toThrow(/tag 3 of a WAL/);
  });

  test("a table in another directory is refused", () => {
    const elsewhere = [
      record(102, 0, 21, 1, 2100, "a", "b", 1, 2),
      record(103, 0, 21, 1, "a", "b", 1, 2, 65, record(1), 1),
    ];
    for (const edit of elsewhere) {
      expect(() => liveAfter(edit)).toThrow(expect.objectContaining({ reason: "invalid" }));
      expect(() => liveAfter(edit)).toThrow(/table 21 in another directory/);
    }
  });

  test("numbers that no engine gets to are damage", () => {
    expect(() => liveAfter(record(2, 2 ** 60))).toThrow(/a number is impossibly large/);
    expect(() => liveAfter(Buffer.from([3, ...Array(10).fill(0xff)]))).toThrow(/an integer does not end/);
  });

  test("a MANIFEST without its first numbers is no MANIFEST", () => {
    expect(() => readManifest(Buffer.alloc(0), "M")).toThrow(/"M" is damaged: it has no logNumber/);
    expect(() => readManifest(writeLog([record(2, 1, 4, 1)]), "M")).toThrow(/it has no nextFileNumber/);
    expect(() => readManifest(writeLog([record(2, 1, 3, 1)]), "M")).toThrow(/it has no lastSequence/);
  });

  function liveAfter(...edits: Buffer[]): LiveSet {
    return readManifest(writeLog([basics, ...edits]), "db/MANIFEST-000007");
  }
});

describe("the log", () => {
  const text = (length: number) => Buffer.alloc(length, "text");

  test.each([false, true])(
    "records of all lengths come back, over blocks and beside them (recycled: %s)",
    (recycled) => {
      const records = [0, 1, 32_740, 5, 32_761, 100_000, 3].map(text);
      expect([...readRecords(writeLog(records, { recycled }), "M")]).toEqual(records);
    },
  );

  test("zeros that an engine allocated in advance end the log; zeros before records are damage", () => {
    const log = writeLog([text(10), text(20)]);
    expect([...readRecords(Buffer.concat([log, Buffer.alloc(100_000)]), "M")]).toHaveLength(2);
    expect(() => [...readRecords(Buffer.concat([Buffer.alloc(32 * 1024), log]), "M")]).toThrow(/zeros at byte 0/);
  });

  test("an empty first fragment, which old writers left at the end of a block, is nothing", () => {
    const log = Buffer.concat([writeFragment(2, text(0)), writeFragment(1, text(5))]);
    expect([...readRecords(log, "M")]).toEqual([text(5)]);
  });

  test.each([
    ["a record has no beginning", [writeFragment(3, text(5))]],
    ["a record has no beginning", [writeFragment(1, text(5)), writeFragment(4, text(5))]],
    ["a record has no end", [writeFragment(2, text(5)), writeFragment(1, text(5))]],
    ["the type 9 at byte 0 is unknown", [writeFragment(9, text(5))]],
  ])("it is damage if %s (case %#)", (message, fragments) => {
    expect(() => [...readRecords(Buffer.concat(fragments), "M")]).toThrow(message);
  });

  test("a length that reaches beyond its block is damage if the log goes on", () => {
    const log = writeLog([text(100_000)]);
    log.writeUInt16LE(0xffff, 4);
    expect(() => [...readRecords(log, "M")]).toThrow(/the length at byte 0 is wrong/);
  });

  test("the checksum is CRC-32C", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });
});

describe("whatever the bytes are, reading ends in a live set or in an error for a person", () => {
  test("arbitrary bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readsOrRefuses(Buffer.from(bytes))));
  });

  test("arbitrary records in a sound log", () => {
    const records = fc.array(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      { maxLength: 5 },
    );
    fc.assert(fc.property(records, (edits) => readsOrRefuses(writeLog(edits))));
  });

  test("records of known tags and arbitrary numbers", () => {
    const tag = fc.constantFrom(
      1,
      2,
      5,
      6,
      7,
      9,
      10,
      100,
      102,
      103,
      200,
      201,
      202,
      300,
      400,
      401,
      8194,
      8195,
      8196,
      8197,
    );
    const field = fc.tuple(
      tag,
      fc.array(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.string({ maxLength: 5 })), { maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 4 }), (edits) =>
        readsOrRefuses(writeLog(edits.map(([number, values]) => record(number, ...values)))),
      ),
    );
  });

  function readsOrRefuses(manifest: Buffer): void {
    try {
      readManifest(manifest, "M");
    } catch (error) {
      expect(error).toBeInstanceOf(StillpointError);
      expect(error).toMatchObject({ reason: expect.stringMatching(/corrupt|invalid/) });
    }
  }
});

async function compactedLevelDb() {
  const directory = await temporaryDirectory();
  const level = new ClassicLevel(directory, { writeBufferSize: 64 * 1024 });
  const write = async (batch: number) =>
    await level.batch(someKeys(batch).map(([key, value]) => ({ type: "put", key, value })));
  for (let batch = 0; batch < 60; batch++) await write(batch);
  await level.compactRange("", "~");
  for (let batch = 60; batch < 66; batch++) await write(batch); // too few for a compaction by itself
  await level.compactRange("~", "~~"); // compacts nothing but waits for flushes: close would give them up half-way
  await level.close();
  return await readDirectory(directory);
}

async function compactedRocksDb() {
  const directory = await temporaryDirectory();
  const blobs = { enableBlobFiles: true, minBlobSize: 200, blobFileSize: 64 * 1024 };
  const columnFamilies = ["one", "two"];
  const rocks = new RocksDB(directory, { writeBufferSize: 64 * 1024, columnFamilies, ...blobs });
  await rocks.ready();
  const families = [rocks, ...columnFamilies.map((name) => rocks.columnFamily(name))];
  for (let batch = 0; batch < 60; batch++) {
    for (const family of families) {
      const writes = family.write();
      for (const [key, value] of someKeys(batch)) writes.tryPut(key, value);
      await writes.flush();
      writes.destroy();
    }
  }
  for (const family of families) await family.flush();
  for (const family of families) await family.compactRange();
  await rocks.close({ force: true });
  return await readDirectory(directory);
}

function someKeys(batch: number): [string, string][] {
  return Array.from({ length: 100 }, (_, index) => {
    const key = `key${(batch * 37 + index * 11) % 700}`;
    const outputLength = 50 + ((index * 7) % 200);
    return [key, createHash("shake256", { outputLength }).update(`${batch} ${index}`).digest().toString("latin1")];
  });
}

async function readDirectory(directory: string) {
  const names = await readdir(directory);
  const numbers = (pattern: RegExp) =>
    names
      .filter((name) => pattern.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((one, other) => one - other);
  const tables = names.filter((name) => /\.(ldb|sst)$/.test(name));
  const sizes = tables.map(async (name): Promise<[number, number]> => {
    return [Number.parseInt(name, 10), (await stat(join(directory, name))).size];
  });
  const current = await readFile(join(directory, "CURRENT"), "utf8");
  return {
    manifest: await readFile(join(directory, current.trim())),
    onDisk: { tables: new Map(await Promise.all(sizes)), blobs: numbers(/\.blob$/), wals: numbers(/\.log$/) },
  };
}

function neededBlobs(live: LiveSet): number[] {
  const needed = [...live.blobs].filter(([, isNeeded]) => isNeeded).map(([number]) => number);
  return needed.sort((one, other) => one - other);
}
