// What is in the cut, and what is done under the lock to get it there. On real files; each test has its own directory.
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeDisk } from "../../agent/disk.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { linkInAdvance, type PrelinkProgress, takeCut } from "../../agent/snapshot.ts";
import { type Source, stageData } from "../../agent/staged-data.ts";
import { rejectionOf } from "../support/error-of.ts";
import { append, inodeOf, oddNames, readTree, writeFiles } from "../support/file-tree.ts";
import { diskError, type Hook, hookedDisk } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const layout = globLayout({
  immutable: ["**/*.sst"],
  appendOnly: ["**/*.log"],
  replaced: ["**/IDENTITY"],
  excluded: ["LOCK", "cache/**"],
});

async function open(files: Record<string, string>, overrides: Partial<Source> = {}) {
  const root = await temporaryDirectory();
  const dataDir = join(root, "live");
  const pieceDir = join(root, "piece");
  await mkdir(dataDir);
  await writeFiles(dataDir, files);
  const source: Source = { dataDir, layout, disk: nodeDisk, list: listFiles, ...overrides };
  return { dataDir, pieceDir, source, staged: await stageData(source, pieceDir) };
}

type Opened = Awaited<ReturnType<typeof open>>;

async function prelink({ source, staged }: Opened): Promise<PrelinkProgress[]> {
  return await Array.fromAsync(linkInAdvance(source, staged));
}

/** The cut, with what was done on the disk meanwhile. */
async function cut({ source, staged }: Opened, hook: Hook = () => {}) {
  const done: string[] = [];
  const disk = hookedDisk(async (operation) => {
    await hook(operation);
    done.push(`${operation.name} ${operation.path.slice(source.dataDir.length + 1)}`);
  });
  const taken = await takeCut({ ...source, disk }, staged);
  const files = { immutable: [...taken.immutable].sort(), mutable: [...taken.mutable] };
  return { ...taken, ...files, done: done.filter((each) => /^(link|copy) /.test(each)).sort() };
}

/** By a rename, as engines do it. */
async function exchange({ dataDir }: Opened, path: string): Promise<void> {
  await writeFiles(dataDir, { "other.tmp": "a new one" });
  await rename(join(dataDir, "other.tmp"), join(dataDir, path));
}

async function sameInode({ pieceDir, dataDir }: Opened, path: string): Promise<void> {
  expect(await inodeOf(pieceDir, path)).toBe(await inodeOf(dataDir, path));
}

/** Runs `change` once, right before the operation. */
function rightBefore(name: string, path: string, change: () => Promise<unknown>): Hook {
  let isDone = false;
  return async (operation) => {
    if (isDone || operation.name !== name || !operation.path.endsWith(path)) return;
    isDone = true;
    await change();
  };
}

describe("before the lock", () => {
  it("every file that can be linked is linked, and nothing else is touched", async () => {
    const linked = { "1.sst": "one", "sub/2.sst": "two", "3.log": "log", IDENTITY: "of this one" };
    const opened = await open({ ...linked, CURRENT: "3", LOCK: "" });
    expect((await prelink(opened)).at(-1)).toEqual({ passes: 1, linkedFiles: 4, found: 2 });
    expect(await readTree(opened.pieceDir)).toEqual({ ...linked, sub: "/" });
    for (const path of Object.keys(linked)) await sameInode(opened, path);
  });

  it("it is done again until little is left to link", async () => {
    const opened = await open(manyFiles("first", 20));
    const found = await prelink({
      ...opened,
      source: withGrowth(opened.source, [
        ["second", 10],
        ["third", 4],
      ]),
    });
    expect(found.filter((each, index) => each.passes !== found[index + 1]?.passes)).toEqual([
      { passes: 1, linkedFiles: 20, found: 20 },
      { passes: 2, linkedFiles: 30, found: 10 },
      { passes: 3, linkedFiles: 34, found: 4 },
    ]);
  });

  it("it ends after 10 passes when files come faster than they are linked", async () => {
    const opened = await open(manyFiles("first", 5));
    const growth = Array.from({ length: 20 }, (_, pass): [string, number] => [`pass${pass}`, 5]);
    expect((await prelink({ ...opened, source: withGrowth(opened.source, growth) })).at(-1)?.passes).toBe(10);
  });

  it("a file that vanishes meanwhile is no error", async () => {
    const opened = await open({ "1.sst": "one", "2.sst": "two" });
    const vanish = rightBefore("link", "1.sst", () => rm(join(opened.dataDir, "1.sst")));
    await prelink({ ...opened, source: { ...opened.source, disk: hookedDisk(vanish) } });
    expect(await readTree(opened.pieceDir)).toEqual({ "2.sst": "two" });
  });
});

describe("under the lock", () => {
  it("only what is new is linked", async () => {
    const opened = await open({ "1.sst": "one", "sub/2.sst": "two" });
    await prelink(opened);
    await writeFiles(opened.dataDir, { "sub/3.sst": "three" });
    const { immutable, done, deltaFiles } = await cut(opened);
    expect(immutable).toEqual(["1.sst", "sub/2.sst", "sub/3.sst"]);
    expect(done).toEqual(["link sub/3.sst"]);
    expect(deltaFiles).toBe(1);
  });

  it("an append-only file is linked, and its length is that of the cut however much it grows after it", async () => {
    const opened = await open({ "1.log": "acknowledged" });
    const { appendOnly, done } = await cut(opened);
    await append(opened.dataDir, "1.log", " and more");
    expect(appendOnly).toEqual([{ path: "1.log", length: 12 }]);
    expect(done).toEqual(["link 1.log"]);
    expect(await inodeOf(opened.pieceDir, "1.log")).toBe(await inodeOf(opened.dataDir, "1.log"));
  });

  it("where nothing was exchanged, nothing is linked: an append-only file has the length that it has by then", async () => {
    const opened = await open({ "1.log": "acknow", IDENTITY: "of this one" });
    await prelink(opened);
    await append(opened.dataDir, "1.log", "ledged");
    const { appendOnly, replaced, done, deltaFiles } = await cut(opened);
    expect({ appendOnly, done, deltaFiles }).toEqual({
      appendOnly: [{ path: "1.log", length: 12 }],
      done: [],
      deltaFiles: 0,
    });
    expect([...replaced]).toEqual(["IDENTITY"]);
  });

  it.each(["1.log", "IDENTITY"])("%s is linked anew when it was exchanged under its name", async (path) => {
    const opened = await open({ "1.log": "old", IDENTITY: "old" });
    await prelink(opened);
    await exchange(opened, path);
    const { done, deltaFiles } = await cut(opened);
    expect({ done: [...new Set(done)], deltaFiles }).toEqual({ done: [`link ${path}`], deltaFiles: 1 });
    expect(await readTree(opened.pieceDir)).toEqual({ "1.log": "old", IDENTITY: "old", [path]: "a new one" });
    await sameInode(opened, path);
  });

  it("what is exchanged while it is linked is measured as it was linked", async () => {
    const opened = await open({ "1.log": "old" });
    const hook = rightBefore("link", "1.log", () => exchange(opened, "1.log"));
    expect((await cut(opened, hook)).appendOnly).toEqual([{ path: "1.log", length: 9 }]);
    expect((await cut(opened)).done).toEqual([]);
  });

  it("a mutable file is copied, so that it does not change any more", async () => {
    const opened = await open({ CURRENT: "of the cut" });
    const { mutable, done } = await cut(opened);
    await writeFiles(opened.dataDir, { CURRENT: "of later" });
    expect(mutable).toEqual(["CURRENT"]);
    expect(done).toEqual(["copy CURRENT"]);
    expect(await readTree(opened.pieceDir)).toEqual({ CURRENT: "of the cut" });
  });

  it("what is excluded is left out, with directories that hold nothing else", async () => {
    const opened = await open({ LOCK: "", "cache/1.sst": "", "cache/deep/CURRENT": "", CURRENT: "" });
    await symlink("CURRENT", join(opened.dataDir, "cache/link"));
    expect(await cut(opened)).toMatchObject({ immutable: [], mutable: ["CURRENT"], directories: [], links: [] });
  });

  it("a directory that matches an exclusion is in the cut if something in it does not", async () => {
    const onlyTheName = globLayout({ excluded: ["cache"] });
    const opened = await open({ "cache/kept": "" }, { layout: onlyTheName });
    await mkdir(join(opened.dataDir, "cache/empty"));
    await symlink("kept", join(opened.dataDir, "cache/link"));
    const { directories, links, mutable } = await cut(opened);
    expect({ directories, links, mutable }).toEqual({
      directories: ["cache", "cache/empty"],
      links: [{ path: "cache/link", target: "kept" }],
      mutable: ["cache/kept"],
    });
  });

  it("empty directories and symbolic links are noted", async () => {
    const opened = await open({ "a/b/1.sst": "" });
    await mkdir(join(opened.dataDir, "empty"));
    await symlink("a/b/1.sst", join(opened.dataDir, "link"));
    await symlink("nowhere", join(opened.dataDir, "a/broken"));
    const { directories, links } = await cut(opened);
    expect(directories.sort()).toEqual(["a", "a/b", "empty"]);
    expect(links.sort((left, right) => left.path.localeCompare(right.path))).toEqual([
      { path: "a/broken", target: "nowhere" },
      { path: "link", target: "a/b/1.sst" },
    ]);
  });

  it("names may be as odd as they like", async () => {
    const paths = oddNames.flatMap((name) => [`${name}/${name}.sst`, `${name}/${name}.log`, `${name}/${name}`]);
    const opened = await open(Object.fromEntries(paths.map((path) => [path, path])));
    await prelink(opened);
    const { immutable, appendOnly, mutable } = await cut(opened);
    expect([...immutable, ...appendOnly.map(({ path }) => path), ...mutable].sort()).toEqual(paths.sort());
    expect(await readTree(opened.pieceDir)).toEqual(await readTree(opened.dataDir));
  });

  it("an empty data directory has a cut", async () => {
    const opened = await open({});
    expect(await cut(opened)).toMatchObject({ immutable: [], appendOnly: [], mutable: [], directories: [], links: [] });
  });
});

describe("files that move under the lock", () => {
  it.each(["1.sst", "1.log", "CURRENT"])(
    "%s vanishes between listing and linking: there is another pass",
    async (path) => {
      const opened = await open({ "1.sst": "", "1.log": "", CURRENT: "", "2.sst": "" });
      const operation = path === "CURRENT" ? "copy" : "link";
      const { done, immutable, appendOnly, mutable } = await cut(
        opened,
        rightBefore(operation, path, () => rm(join(opened.dataDir, path))),
      );
      const shown = [...immutable, ...appendOnly.map((each) => each.path), ...mutable].sort();
      expect(shown).toEqual(["1.log", "1.sst", "2.sst", "CURRENT"].filter((each) => each !== path));
      expect(done.filter((each) => each === `${operation} ${path}`)).toHaveLength(1);
    },
  );

  it("a file that is replaced by another between two passes is linked anew", async () => {
    const opened = await open({ "1.log": "old", "1.sst": "" });
    await cut(opened);
    await exchange(opened, "1.log");
    expect((await cut(opened)).appendOnly).toEqual([{ path: "1.log", length: 9 }]);
    expect(await inodeOf(opened.pieceDir, "1.log")).toBe(await inodeOf(opened.dataDir, "1.log"));
  });

  it("what is live changes while it is linked: there is another pass", async () => {
    const { changing, passes } = layoutThatChanges(3);
    const opened = await open({ "1.log": "abc" }, { layout: changing });
    const { appendOnly } = await cut(
      opened,
      rightBefore("link", "1.log", () => append(opened.dataDir, "1.log", "def")),
    );
    expect(passes()).toBe(4);
    expect(appendOnly).toEqual([{ path: "1.log", length: 6 }]);
  });

  it("what is live never stands still: the hold is of no use", async () => {
    const { changing, passes } = layoutThatChanges(Number.POSITIVE_INFINITY);
    const opened = await open({ "1.sst": "" }, { layout: changing });
    expect(await rejectionOf(cut(opened))).toMatchObject({ reason: "hold-lost" });
    expect(passes()).toBe(10);
  });
});

describe("a disk that does not play along", () => {
  it("data on another file system than the backups is cross-device", async () => {
    const opened = await open({ "1.sst": "" });
    const hook: Hook = ({ name }) => {
      if (name === "link") throw diskError("EXDEV");
    };
    expect(await rejectionOf(cut(opened, hook))).toMatchObject({
      reason: "cross-device",
      message: `"${join(opened.dataDir, "1.sst")}" is on another file system than the backups`,
    });
  });

  it.each(["EIO", "EMFILE"])("%s is not taken for a file that vanished", async (code) => {
    const opened = await open({ "1.sst": "" });
    const hook: Hook = ({ name }) => {
      if (name === "link") throw diskError(code);
    };
    await expect(cut(opened, hook)).rejects.toThrow(code);
  });
});

describe("the live files", () => {
  it("are never written to, and the piece's private ones are not theirs", async () => {
    const files = { "1.sst": "table", "1.log": "log", CURRENT: "1" };
    const opened = await open(files);
    await prelink(opened);
    await cut(opened);
    await cut(opened);
    expect(await readTree(opened.dataDir)).toEqual(files);
    expect(await inodeOf(opened.pieceDir, "CURRENT")).not.toBe(await inodeOf(opened.dataDir, "CURRENT"));
  });
});

function manyFiles(prefix: string, count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}-${index}.sst`, ""]));
}

/** Each listing but the first finds more files. */
function withGrowth(source: Source, growth: [prefix: string, count: number][]): Source {
  let listings = 0;
  const list = async (directory: string) => {
    const [prefix, count] = growth[listings++ - 1] ?? ["", 0];
    await writeFiles(directory, manyFiles(prefix, count));
    return await source.list(directory);
  };
  return { ...source, list };
}

/** The fingerprint after a pass is another than before it, so many times. */
function layoutThatChanges(times: number) {
  let asked = 0;
  const fingerprint = async () => {
    asked++;
    const pass = Math.ceil(asked / 2);
    return pass > times ? "still" : String(asked);
  };
  return { changing: { ...layout, fingerprint }, passes: () => asked / 2 };
}
