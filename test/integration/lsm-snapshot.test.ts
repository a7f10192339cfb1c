// Cuts of real databases that flush and compact all the time, made by the agent's own code while their owner pauses its
// writes.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { layoutFor } from "../../agent/files/layouts.ts";
import { type LsmKind, openLsm } from "../support/lsm-database.ts";
import { LsmModel } from "../support/lsm-load.ts";
import { LsmOwner } from "../support/lsm-owner.ts";
import { LsmSnapshotter } from "../support/lsm-snapshotter.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const snapshots = 300;
/** Each so many snapshots one is made in the wrong order as well. */
const naiveEach = 30;
/** Each so many are linked in advance, and hear of what is new instead of listing it. */
const preparedEach = 5;
/** Batches for a few flushes, so that there is always something to compact. */
const fewFlushes = 14;

describe.each<LsmKind>(["leveldb", "rocksdb"])("%s", (kind) => {
  test(`${snapshots} snapshots under load each hold exactly what was acknowledged, and harm nothing; in the naive order they do not`, {
    timeout: 600_000,
  }, async () => {
    const { owner, dataDir, snapshotter } = await start(kind);
    const model = new LsmModel();
    for (let number = 1; number <= snapshots; number++) {
      await owner.run(fewFlushes + ((number * 37) % 10));
      const [right, naive] = [snapshotter(), number % naiveEach === 0 ? snapshotter() : undefined];
      if (number % preparedEach === 0) await right.files.linkInAdvance();
      const batches = await owner.pause();
      await right.files.cut();
      await naive?.files.naiveCut({ afterManifests: () => owner.compact() });
      await owner.run(1);
      await right.files.seal();
      if (naive) await expect(naive.files.seal()).rejects.toMatchObject({ reason: "corrupt" });
      await owner.pause(); // only to leave the processor to the comparison
      model.advanceTo(batches);
      expect(model.differences(await entriesOfCopy(kind, right.piece)), `snapshot ${number}`).toEqual([]);
      if (naive) expect(await isRight(kind, naive.piece, model), `naive snapshot ${number}`).toBe(false);
      await Promise.all([right, naive].map((each) => each?.remove()));
    }
    model.advanceTo(await owner.close());
    expect(model.differences(await entriesIn(kind, dataDir))).toEqual([]);
  });

  test("a compaction in the middle of the cut makes it start over, and the cut is right", async () => {
    const { owner, snapshotter } = await start(kind);
    const { piece, files } = snapshotter();
    await owner.run(fewFlushes);
    const batches = await owner.pause();
    const rounds = await files.cut({ afterManifests: once(() => owner.compact()) });
    await files.seal();
    expect(rounds).toBeGreaterThan(1);
    const model = new LsmModel();
    model.advanceTo(batches);
    expect(model.differences(await entriesOfCopy(kind, piece))).toEqual([]);
  });

  test("with the manifest first and the tables after it, a compaction ruins the cut, and sealing it says so", async () => {
    const { owner, snapshotter } = await start(kind);
    const { files } = snapshotter();
    await owner.run(fewFlushes);
    await owner.pause();
    await files.naiveCut({ afterManifests: () => owner.compact() });
    await expect(files.seal()).rejects.toMatchObject({
      reason: "corrupt",
      message: expect.stringContaining("missing"),
    });
  });

  test("tables that were linked in advance and compacted away before the cut are orphans", async () => {
    const { owner, snapshotter } = await start(kind);
    const { piece, files } = snapshotter();
    await owner.run(fewFlushes);
    await owner.pause();
    await files.linkInAdvance();
    await owner.compact();
    const batches = await owner.pause();
    await files.cut();
    const orphans = await files.seal();
    expect(orphans.filter((path) => /\.(ldb|sst)$/.test(path))).not.toEqual([]);
    const model = new LsmModel();
    model.advanceTo(batches);
    expect(model.differences(await entriesOfCopy(kind, piece))).toEqual([]);
  });
});

/** The database is not the data directory itself but below it, beside other files. */
async function start(kind: LsmKind) {
  const root = await temporaryDirectory();
  const dataDir = join(root, "data");
  const database = join(dataDir, "shards", "db");
  await mkdir(database, { recursive: true });
  const owner = await LsmOwner.start(kind, database);
  let pieces = 0;
  const snapshotter = () => {
    const directory = join(root, `piece${++pieces}`);
    const files = new LsmSnapshotter(layoutFor({ layout: "lsm", excluded: [] }), dataDir, directory);
    return { piece: files.data, files, remove: () => rm(directory, { recursive: true }) };
  };
  return { owner, dataDir, snapshotter };
}

async function entriesOfCopy(kind: LsmKind, piece: string): Promise<Map<string, string>> {
  const copy = `${piece}-copy`;
  await cp(piece, copy, { recursive: true });
  return await entriesIn(kind, copy);
}

/** A database that cannot be opened is not right. */
async function isRight(kind: LsmKind, piece: string, model: LsmModel): Promise<boolean> {
  const entries = await entriesOfCopy(kind, piece).catch(() => undefined);
  return entries !== undefined && model.differences(entries).length === 0;
}

async function entriesIn(kind: LsmKind, dataDir: string): Promise<Map<string, string>> {
  const database = await openLsm(kind, join(dataDir, "shards", "db"));
  const entries = await database.entries();
  await database.close();
  return entries;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let isFirst = true;
  return async () => {
    if (isFirst) await work();
    isFirst = false;
  };
}
