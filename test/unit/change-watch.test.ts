// Changes that are heard instead of listed: after any of them, what is known is what a listing says, and what cannot be known so
// is listed. On real files and the kernel's real events.
import { link, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ChangeWatch, type WatchChanges, watchChanges } from "../../agent/files/change-watch.ts";
import { FileIndex } from "../../agent/files/file-index.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { linkInAdvance, takeCut, unwatch } from "../../agent/snapshot.ts";
import { type Source, stageData } from "../../agent/staged-data.ts";
import { append, readTree, writeFiles } from "../support/file-tree.ts";
import { quickDisk } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const layout = globLayout({ immutable: ["**/*.sst"], appendOnly: ["**/*.log"], excluded: ["LOCK"] });

/** So many that a watch pays. */
const entries = 1_000;

/** However slow the machine is, and however few the files. */
const watchPatiently: WatchChanges = (watched) => watchChanges({ ...watched, entries, answerWithinMs: 20_000 });

async function open(files: Record<string, string>, directories: string[] = []) {
  const root = await temporaryDirectory();
  const dataDir = join(root, "live");
  const ownDir = join(root, "own");
  await mkdir(ownDir);
  for (const each of ["", ...directories]) await mkdir(join(dataDir, each));
  await writeFiles(dataDir, files);
  const watch = (await watchPatiently({ dataDir, directories, entries, ownDir })) as ChangeWatch;
  onTestFinished(() => watch.close());
  return { dataDir, ownDir, watch };
}

function known(index: FileIndex) {
  const { immutable, appendOnly, mutable } = index;
  return [immutable, appendOnly, mutable].map((each) => [...each].sort());
}

const names = ["1.sst", "2.sst", "3.log", "CURRENT", "LOCK", "sub/1.sst", "sub/4.log"];
const name = fc.constantFrom(...names);
const step = fc.oneof(
  fc.record({ what: fc.constant("write" as const), path: name }),
  fc.record({ what: fc.constant("remove" as const), path: name }),
  fc.record({ what: fc.constant("rename" as const), path: name, to: name }),
  fc.record({ what: fc.constant("ask" as const) }),
);

it("after any changes, what is known is what a listing says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { dataDir, watch } = await open({ "1.sst": "", "sub/1.sst": "" }, ["sub"]);
      const index = new FileIndex(layout);
      index.replace(await listFiles(dataDir));
      for (const each of [...steps, { what: "ask" as const }]) {
        if (each.what === "write") await writeFile(join(dataDir, each.path), "");
        if (each.what === "remove") await rm(join(dataDir, each.path), { force: true });
        if (each.what === "rename") await rename(join(dataDir, each.path), join(dataDir, each.to)).catch(() => {});
        if (each.what === "ask") index.apply((await watch.changes()) ?? (await unexpected()));
      }
      const listed = new FileIndex(layout);
      listed.replace(await listFiles(dataDir));
      expect(known(index)).toEqual(known(listed));
      await watch.close();
    }),
    { numRuns: 30 },
  );
});

function unexpected(): Promise<never> {
  return Promise.reject(new Error("all of it could be known"));
}

describe("the watch", () => {
  it("does not tell what is only written to or linked, and leaves nothing of its own", async () => {
    const { dataDir, ownDir, watch } = await open({ "1.sst": "table", "2.log": "" });
    await append(dataDir, "2.log", "more");
    await link(join(dataDir, "1.sst"), join(ownDir, "1.sst"));
    expect(await watch.changes()).toEqual([]);
    await watch.close();
    expect(await readdir(ownDir)).toEqual(["1.sst"]);
  });

  it.each([
    ["a directory that is new", (dir: string) => mkdir(join(dir, "new"))],
    ["a directory that is gone", (dir: string) => rm(join(dir, "sub"), { recursive: true })],
    ["a link", (dir: string) => symlink("1.sst", join(dir, "link"))],
  ])("says that not all is known after %s, then and later", async (_, change) => {
    const { dataDir, watch } = await open({ "1.sst": "" }, ["sub"]);
    await change(dataDir);
    expect(await watch.changes()).toBeUndefined();
    expect(await watch.changes()).toBeUndefined();
  });

  it("says so when so much came at once that the kernel may have dropped some", async () => {
    const { dataDir, ownDir } = await open({});
    const watch = (await watchChanges({ dataDir, directories: [], entries, ownDir, mostAtOnce: 0 })) as ChangeWatch;
    onTestFinished(() => watch.close());
    expect(await watch.changes()).toBeUndefined();
  });

  it("that was closed says that nothing is known", async () => {
    const { watch } = await open({});
    await watch.close();
    await watch.close();
    expect(await watch.changes()).toBeUndefined();
  });

  it("is not to be had where to list all takes no longer", async () => {
    const { dataDir, ownDir } = await open({});
    expect(await watchChanges({ dataDir, directories: [], entries: 100, ownDir })).toBeUndefined();
  });

  it("is not to be had for too many directories", async () => {
    const directories = Array.from({ length: 1_001 }, (_, number) => `d${number}`);
    expect(await watchChanges({ dataDir: "/nowhere", directories, entries, ownDir: "/nowhere" })).toBeUndefined();
  });

  it("is not to be had for a directory that is gone", async () => {
    const root = await temporaryDirectory();
    expect(await watchChanges({ dataDir: root, directories: ["gone"], entries, ownDir: root })).toBeUndefined();
  });
});

/** A staged piece whose files were linked in advance. */
async function prelinked(files: Record<string, string>, watch: WatchChanges = watchPatiently) {
  const root = await temporaryDirectory();
  const dataDir = join(root, "live");
  await mkdir(dataDir);
  await writeFiles(dataDir, files);
  let listings = 0;
  const list = (directory: string) => {
    listings++;
    return listFiles(directory);
  };
  const source: Source = { dataDir, layout, disk: quickDisk, list, watch };
  const staged = await stageData(source, join(root, "data"));
  await Array.fromAsync(linkInAdvance(source, staged));
  onTestFinished(() => unwatch(staged));
  const before = listings;
  const cut = async () => ({ ...(await takeCut(source, staged)), listings: listings - before });
  return { dataDir, staged, cut };
}

describe("the cut", () => {
  it("is made without a listing, and has what is new and nothing that is gone", async () => {
    const { dataDir, staged, cut } = await prelinked({ "1.sst": "one", "2.sst": "two", "3.log": "log", LOCK: "" });
    await writeFiles(dataDir, { "4.sst": "four" });
    await rm(join(dataDir, "1.sst"));
    const { immutable, deltaFiles, listings } = await cut();
    expect([...immutable].sort()).toEqual(["2.sst", "4.sst"]);
    expect({ deltaFiles, listings }).toEqual({ deltaFiles: 1, listings: 0 });
    expect(await readTree(staged.dir)).toMatchObject({ "2.sst": "two", "4.sst": "four", "3.log": "log" });
  });

  it("has the newer file where a name was used again", async () => {
    const { dataDir, staged, cut } = await prelinked({ "1.sst": "old" });
    await rm(join(dataDir, "1.sst"));
    await writeFiles(dataDir, { "1.sst": "new" });
    expect([...(await cut()).immutable]).toEqual(["1.sst"]);
    expect(await readTree(staged.dir)).toEqual({ "1.sst": "new" });
  });

  it("lists where the watch does not know all, or where there is none", async () => {
    for (const watch of [watchPatiently, async () => undefined]) {
      const { dataDir, cut } = await prelinked({ "1.sst": "one" }, watch);
      await writeFiles(dataDir, { "new/2.sst": "two" });
      const { immutable, listings } = await cut();
      expect([...immutable].sort()).toEqual(["1.sst", "new/2.sst"]);
      expect(listings).toBeGreaterThan(0);
    }
  });

  it("of a later round has what came after the one before", async () => {
    const { dataDir, cut } = await prelinked({ "1.sst": "one" });
    expect([...(await cut()).immutable]).toEqual(["1.sst"]);
    await writeFiles(dataDir, { "2.sst": "two" });
    const { immutable, listings } = await cut();
    expect([...immutable].sort()).toEqual(["1.sst", "2.sst"]);
    expect(listings).toBe(0);
  });
});
