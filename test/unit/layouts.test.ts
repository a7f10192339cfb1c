// What belongs to which class, what is live, and what cannot be backed up.
import { appendFile, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { globLayout } from "../../agent/files/globs.ts";
import { layoutFor } from "../../agent/files/layouts.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { lsmLayout } from "../../agent/files/lsm.ts";
import { record, writeLog } from "../support/manifest-writer.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("LevelDB and RocksDB", () => {
  const layout = lsmLayout("rocksdb");

  test.each([
    ["000005.ldb", "immutable"],
    ["shards/1/000005.sst", "immutable"],
    ["db/000006.blob", "immutable"],
    ["db/1234567.log", "append-only"],
    ["db/archive/000003.log", "append-only"],
    ["db/MANIFEST-000004", "append-only"],
    ["db/CURRENT", "replaced"],
    ["db/OPTIONS-000007", "replaced"],
    ["db/IDENTITY", "replaced"],
    ["db/LOCK", "excluded"],
    ["db/LOG", "excluded"],
    ["db/LOG.old", "excluded"],
    ["db/LOG.old.1700000000000000", "excluded"],
    ["db/000009.dbtmp", "excluded"],
    ["db/OPTIONS-000010.dbtmp", "excluded"],
    ["db/000005.sst.trash", "excluded"],
    ["server.log", "mutable"],
    ["data.sst", "mutable"],
    ["db/LOG.md", "mutable"],
    ["db/MANIFEST", "mutable"],
    [".hidden", "mutable"],
  ])("%s is %s", (path, expected) => {
    expect(layout.classify(path)).toBe(expected);
    expect(lsmLayout("leveldb").classify(path)).toBe(expected);
  });

  test("the fingerprint changes when a MANIFEST grows or CURRENT names another, in any of the databases, and else not", async () => {
    const dir = await temporaryDirectory();
    await writeDatabase(dir, "a");
    await writeDatabase(dir, "b/c");
    const fingerprint = async () => await layout.fingerprint(dir, await pathsIn(dir));
    const first = await fingerprint();
    expect(await layout.fingerprint(dir, (await pathsIn(dir)).reverse())).toBe(first);
    await writeFile(join(dir, "a/000099.sst"), "new table");
    await appendFile(join(dir, "a/000007.log"), "new write");
    expect(await fingerprint()).toBe(first);
    await appendFile(join(dir, "b/c/MANIFEST-000004"), "edit");
    const second = await fingerprint();
    expect(second).not.toBe(first);
    const { size } = await stat(join(dir, "a/MANIFEST-000004"));
    await writeFile(join(dir, "a/MANIFEST-000009"), Buffer.alloc(size));
    expect(await fingerprint()).toBe(second);
    await writeFile(join(dir, "a/000009.dbtmp"), "MANIFEST-000009\n");
    await rename(join(dir, "a/000009.dbtmp"), join(dir, "a/CURRENT"));
    const third = await fingerprint();
    expect(third).not.toBe(second);
    await rm(join(dir, "a/MANIFEST-000009"));
    expect(await fingerprint()).not.toBe(third);
  });

  test("the layout lsm tells both engines apart by their files, in any directory, and wants one database at least", async () => {
    const dir = await temporaryDirectory();
    const lsm = layoutFor({ layout: "lsm", excluded: ["cache/**"] });
    expect(await lsm.refuse?.(dir, ["cache/CURRENT", "settings"])).toContain(`no LevelDB or RocksDB in "${dir}"`);
    await mkdir(join(dir, "a"));
    for (const name of ["CURRENT", "000005.ldb"]) await writeFile(join(dir, "a", name), "");
    await writeDatabase(dir, "b/c");
    await writeFile(join(dir, "b/c/IDENTITY"), "");
    await writeDatabase(dir, "cache");
    const paths = await pathsIn(dir);
    expect(lsm.describe?.(paths)).toBe("1 LevelDB, 1 RocksDB");
    expect(await lsm.refuse?.(dir, paths)).toContain("a/CURRENT");
    expect(
      await lsm.refuse?.(
        dir,
        paths.filter((path) => !path.startsWith("a/")),
      ),
    ).toBeUndefined();
    expect(lsm.kind).toBe("lsm");
  });

  test("orphans are what no manifest names: tables, blob files, flushed WALs and other manifests", async () => {
    const dir = await temporaryDirectory();
    await writeDatabase(dir, "shards/one");
    await writeDatabase(dir, ".");
    for (const name of ["000011.sst", "000012.ldb", "000031.blob", "000006.log", "000005.log", "MANIFEST-000003"]) {
      await writeFile(join(dir, "shards/one", name), "");
    }
    await mkdir(join(dir, "lost"));
    for (const name of ["lost/000002.ldb", "000001.txt", "000008.log"]) await writeFile(join(dir, name), "");
    const orphans = await layout.orphans(dir, await pathsIn(dir));
    expect(orphans.sort()).toEqual([
      "shards/one/000005.log",
      "shards/one/000011.sst",
      "shards/one/000012.ldb",
      "shards/one/000031.blob",
      "shards/one/MANIFEST-000003",
    ]);
  });

  test.each([
    ["000010.ldb", /table 10 of the database in "db" is missing/],
    ["000030.blob", /blob file 30 of the database in "db" is missing/],
    ["MANIFEST-000004", /"db\/MANIFEST-000004", which CURRENT names, is missing/],
  ])("a piece without its %s is corrupt", async (name, message) => {
    const dir = await temporaryDirectory();
    await writeDatabase(dir, "db");
    await rm(join(dir, "db", name));
    await expect(orphansIn(dir)).rejects.toMatchObject({ reason: "corrupt", message: expect.stringMatching(message) });
  });

  test("a live table of another size than the manifest says is corrupt", async () => {
    const dir = await temporaryDirectory();
    await writeDatabase(dir, "db");
    await appendFile(join(dir, "db/000010.ldb"), "x");
    const message = '"db/000010.ldb" is damaged: it has 6 bytes instead of 5';
    await expect(orphansIn(dir)).rejects.toMatchObject({ reason: "corrupt", message });
  });

  test.each(["", "MANIFEST-000004", "../MANIFEST-000004\n", "something else\n"])(
    "a CURRENT that holds %j names no MANIFEST",
    async (current) => {
      const dir = await temporaryDirectory();
      await writeDatabase(dir, "db");
      await writeFile(join(dir, "db/CURRENT"), current);
      await expect(orphansIn(dir)).rejects.toMatchObject({
        reason: "corrupt",
        message: expect.stringContaining("CURRENT"),
      });
    },
  );

  describe("a data directory is refused before the lock", () => {
    test.each([
      ["manual_wal_flush=true", /manual_wal_flush/],
      ["recycle_log_file_num=4", /recycle_log_file_num/],
      ["enable_blob_direct_write=true", /enable_blob_direct_write/],
    ])("if its RocksDB runs with %s", async (option, message) => {
      expect(await refusalWith(`[DBOptions]\n  ${option}\n  x=1\n`)).toMatch(message);
    });

    test("if the WAL is not in it", async () => {
      expect(await refusalWith("  wal_dir=/elsewhere/w\\:al\n", { wal: false })).toMatch(/wal_dir=\/elsewhere\/w:al/);
      expect(await refusalWith("  wal_dir=/the/directory/as/the/server/sees/it\n")).toBeUndefined();
      expect(await refusalWith("  wal_dir=\n", { wal: false })).toBeUndefined();
    });

    test("by the newest OPTIONS, and not by others", async () => {
      const dir = await temporaryDirectory();
      await writeDatabase(dir, "db");
      await writeFile(join(dir, "db/OPTIONS-000009"), "  manual_wal_flush=true\n");
      await writeFile(join(dir, "db/OPTIONS-999999"), "  manual_wal_flush=false\n  recycle_log_file_num=0\n");
      expect(await layout.refuse(dir, await pathsIn(dir))).toBeUndefined();
      await writeFile(join(dir, "db/OPTIONS-1000000"), "  manual_wal_flush=true\n");
      expect(await layout.refuse(dir, await pathsIn(dir))).toMatch(
        /"db\/OPTIONS-1000000" runs with manual_wal_flush=true/,
      );
    });

    test("if a MANIFEST cannot be read to its end", async () => {
      const dir = await temporaryDirectory();
      await writeDatabase(dir, "db", record(12, 1));
      expect(await layout.refuse(dir, await pathsIn(dir))).toMatch(
        /"db\/MANIFEST-000004" is damaged: the tag 12 is unknown/,
      );
    });

    async function refusalWith(options: string, { wal = true } = {}): Promise<string | undefined> {
      const dir = await temporaryDirectory();
      await writeDatabase(dir, "db");
      await writeFile(join(dir, "db/OPTIONS-000009"), options);
      if (!wal) for (const name of ["000007.log", "000008.log"]) await rm(join(dir, "db", name));
      return await layout.refuse(dir, await pathsIn(dir));
    }
  });

  async function orphansIn(dir: string): Promise<string[]> {
    return await layout.orphans(dir, await pathsIn(dir));
  }
});

describe("extra excluded globs on a known layout", () => {
  const layout = layoutFor({ layout: "leveldb", excluded: ["cache/**", "**/*.tmp"] });

  test("come before its own classes, and leave the rest to them", () => {
    expect(layout.kind).toBe("leveldb");
    expect(layout.classify("cache/000001.ldb")).toBe("excluded");
    expect(layout.classify("a/b/.x.tmp")).toBe("excluded");
    expect(layout.classify("db/000001.ldb")).toBe("immutable");
  });

  test("hide databases", async () => {
    const dir = await temporaryDirectory();
    await writeDatabase(dir, "db");
    await writeDatabase(dir, "cache", record(12, 1));
    const paths = await pathsIn(dir);
    expect(await layout.refuse?.(dir, paths)).toBeUndefined();
    expect(await layout.orphans(dir, paths)).toEqual([]);
    const fingerprint = await layout.fingerprint(dir, paths);
    await appendFile(join(dir, "cache/MANIFEST-000004"), "edit");
    expect(await layout.fingerprint(dir, paths)).toBe(fingerprint);
  });
});

test("globs that exclude part of a database are refused", async () => {
  const dir = await temporaryDirectory();
  await writeDatabase(dir, "db");
  await writeFile(join(dir, "server.log"), "");
  const refusal = async (excluded: string[]) =>
    await layoutFor({ layout: "rocksdb", excluded }).refuse?.(dir, await pathsIn(dir));
  expect(await refusal(["**/*.log"])).toMatch(/excludes "db\/00000[78].log", which the database in "db" needs/);
  expect(await refusal(["*.log", "**/LOCK"])).toBeUndefined();
  expect(await refusal(["db/**"])).toBeUndefined();
});

describe("globs", () => {
  const layout = layoutFor({
    immutable: ["**/*.seg", "**/sealed/**"],
    appendOnly: ["**/*.wal", "journal.seg"],
    mutable: ["**/*.seg.idx"],
    excluded: ["tmp/**", "**/*.pid", "sealed/*.wal"],
  });

  test.each([
    ["a.seg", "immutable"],
    [".hidden/.a.seg", "immutable"],
    ["x/sealed/a/b", "immutable"],
    ["db/1.wal", "append-only"],
    ["x/sealed/1.wal", "append-only"],
    ["journal.seg", "append-only"],
    ["a.seg.idx", "mutable"],
    ["anything", "mutable"],
    ["tmp/a.seg", "excluded"],
    ["sealed/1.wal", "excluded"],
    [".pid", "excluded"],
    ["a\n.seg", "immutable"],
    ["d\nx/1.wal", "append-only"],
    ["d\rx/\u2028/1.wal", "append-only"],
    ["\n.pid", "excluded"],
    ["tmp/new\nline", "excluded"],
    ["tmp/new\nline/a.seg", "excluded"],
  ])("%j is %s", (path, expected) => {
    expect(layout.classify(path)).toBe(expected);
  });

  test.each([
    ["[!a]/*.seg", "b/1.seg", "a/1.seg"],
    ["[[:digit:]].seg", "1.seg", "d.seg"],
    ["!(live).seg", "sealed.seg", "live.seg"],
  ])("%s matches %s and not %s", (glob, inside, outside) => {
    const { classify } = globLayout({ immutable: [glob] });
    expect([classify(inside), classify(outside)]).toEqual(["immutable", "mutable"]);
  });

  test("know nothing of manifests", async () => {
    expect(layout.kind).toBe("globs");
    expect(await layout.fingerprint("/nowhere", ["CURRENT"])).toBe("");
    expect(await layout.orphans("/nowhere", ["CURRENT"])).toEqual([]);
    expect(layoutFor({}).classify("CURRENT")).toBe("mutable");
  });

  test.each([
    ["", "empty"],
    ["/var/lib/x/*.sst", "relative"],
    ["cache/", "/\\*\\*"],
    ["../x", "above"],
    ["[abc", "closing"],
    ["a(b", "closing"],
    ["!**/state", 'must not begin with "!"'],
    ["./!state", 'must not begin with "!"'],
    ["!{a,b}", 'must not begin with "!"'],
    ["!(?!x)", 'must not begin with "!"'],
  ])("the glob %j is refused", (glob, problem) => {
    for (const globs of [{ immutable: [glob] }, { excluded: ["ok", glob] }]) {
      expect(() => globLayout(globs)).toThrow(expect.objectContaining({ reason: "invalid" }));
      expect(() => globLayout(globs)).toThrow(new RegExp(`the glob ".*" cannot be used: .*${problem}`));
    }
    expect(() => layoutFor({ layout: "rocksdb", excluded: [glob] })).toThrow(/cannot be used/);
  });
});

/** A database with table 10, blob file 30, WALs 7 and 8, of which 7 is the first that counts. */
async function writeDatabase(dataDir: string, directory: string, ...edits: Buffer[]): Promise<void> {
  const table = record(103, 0, 10, 5, "a", "b", 1, 2, 4, record(30), 1);
  const manifest = writeLog([
    record(2, 7, 9, 6, 3, 40, 4, 100),
    table,
    record(400, 30, 1, 9, "", "", 0, 400, 29, 1, 9, "", "", 0, 401, 29, 1, 9, 0),
    ...edits,
  ]);
  const files: Record<string, string | Buffer> = {
    CURRENT: "MANIFEST-000004\n",
    "MANIFEST-000004": manifest,
    "000010.ldb": "table",
    "000030.blob": "blob",
    "000007.log": "",
    "000008.log": "",
    LOCK: "",
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(dataDir, directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function pathsIn(dir: string): Promise<string[]> {
  return (await listFiles(dir)).files;
}
