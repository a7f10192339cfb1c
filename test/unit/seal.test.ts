// A sealed piece is complete, durable, checked by anybody's sha256sum, and shares no writable byte with the live data.
import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseChecksums } from "../../agent/checksums.ts";
import { completeLinks } from "../../agent/complete-links.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import type { Meta } from "../../agent/meta.ts";
import { type SealProgress, sealPiece, type Unsealed } from "../../agent/seal.ts";
import { linkInAdvance, takeCut } from "../../agent/snapshot.ts";
import { type Source, stageData } from "../../agent/staged-data.ts";
import { rejectionOf } from "../support/error-of.ts";
import { append, inodeOf, modeOf, oddNames, readTree, writeFiles } from "../support/file-tree.ts";
import { crashes, diskThatCrashes, type Hook, hookedDisk, quickDisk } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const forever = new AbortController().signal;
const layout = globLayout({ immutable: ["**/*.sst"], appendOnly: ["**/*.log"], excluded: ["LOCK"] });

const facts: Unsealed = {
  id: "2026-11-22T15.04.05.123Z_nightly",
  label: "nightly",
  serverId: "db1",
  serverIds: ["db1", "db2"],
  createdAt: new Date("2026-11-22T15:04:05.123Z"),
  agentVersion: "0.1.0",
  engine: "exec",
  engineVersion: "7.1",
  layout: "globs",
  token: 7,
  planRevision: 12,
  potentiallyInconsistent: true,
  snapshotMs: 1.5,
  cutAt: new Date("2026-11-22T15:04:06.000Z"),
};

/** A server's files with a cut of them; what happens to the files before and after the cut is the test's. */
async function cutOf(
  files: Record<string, string>,
  { layout: asked = layout, disk = quickDisk, beforeCut = async () => {}, beforeLinks = async () => {} }: Changes = {},
) {
  const root = await temporaryDirectory();
  const dataDir = join(root, "live");
  const directory = join(root, "staging", "piece");
  await mkdir(dataDir);
  await mkdir(directory, { recursive: true });
  await writeFiles(dataDir, files);
  const source: Source = { dataDir, layout: asked, disk, list: (each) => listFiles(each) };
  await beforeLinks(dataDir);
  const staged = await stageData(source, join(directory, "data"));
  await Array.fromAsync(linkInAdvance(source, staged));
  await beforeCut(dataDir, () => takeCut(source, staged));
  const piece = { directory, staged, cut: await takeCut(source, staged) };
  await quickDisk.write(join(directory, "plan.json"), '{"plan":true}');
  return { dataDir, directory, data: staged.dir, source, piece };
}

interface Changes {
  layout?: typeof layout;
  disk?: typeof quickDisk;
  beforeLinks?: (dataDir: string) => Promise<void>;
  beforeCut?: Change;
}

/** Nobody of this machine, where the test may give files away. */
const owner = process.getuid?.() === 0 ? 54_321 : process.getuid?.();

type Change = (dataDir: string, cutAlready: () => Promise<unknown>) => Promise<void>;
type CutPiece = Awaited<ReturnType<typeof cutOf>>;

async function seal({ piece, source }: CutPiece, disk = source.disk, describe = facts, signal = forever) {
  const progress: SealProgress[] = [];
  const complete = () => completeLinks({ ...source, disk }, piece.staged, piece.cut);
  const sealing = sealPiece({ directory: piece.directory, cut: { complete } }, disk, describe, signal);
  for (;;) {
    const { done, value } = await sealing.next();
    if (done) return { meta: value as Meta, progress };
    progress.push(value as SealProgress);
  }
}

/** A layout of which no manifest names these. */
function orphaning(...paths: string[]): typeof layout {
  return { ...layout, orphans: async () => paths };
}

/** Throws with what it says unless every line is right. */
function checkWithSha256sum(directory: string): void {
  execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd: directory, stdio: "pipe" });
}

/** The whole piece, with everything that is beside its data. */
async function wholePiece(directory: string) {
  const modes = Object.fromEntries(
    await Promise.all(
      Object.keys(await readTree(join(directory, "data"))).map(async (path) => {
        return [path, (await stat(join(directory, "data", path)).catch(() => undefined))?.mode] as const;
      }),
    ),
  );
  return { files: await readTree(directory), modes };
}

const aServersFiles = {
  "000004.sst": "table",
  "000005.log": "acknowledged",
  CURRENT: "000005.log\n",
  LOCK: "",
  "sub/000009.sst": "another table",
  "sub/000010.log": "",
};

describe("SHA256SUMS", () => {
  it("is accepted by sha256sum, also with odd names", async () => {
    const odd = oddNames.flatMap((name) => [`${name}.log`, `${name}.sst`, `dir ${name}/${name}`]);
    const cut = await cutOf({ ...aServersFiles, ...Object.fromEntries(odd.map((name) => [name, name])) });
    await seal(cut);
    checkWithSha256sum(cut.directory);
  });

  it("has every file of the data and the dump, and no other", async () => {
    const cut = await cutOf(aServersFiles);
    await seal(cut);
    const checksums = parseChecksums(await readFile(join(cut.directory, "SHA256SUMS"), "utf8"), "SHA256SUMS");
    const { LOCK: _, ...kept } = aServersFiles;
    expect([...checksums.keys()]).toEqual([...Object.keys(kept).map((path) => `data/${path}`), "plan.json"].sort());
  });

  it("is not accepted by sha256sum when a byte is changed", async () => {
    const cut = await cutOf(aServersFiles);
    await seal(cut);
    await rm(join(cut.data, "CURRENT"));
    await writeFiles(cut.data, { CURRENT: "000006.log\n" });
    expect(() => checkWithSha256sum(cut.directory)).toThrow("1 computed checksum did NOT match");
  });
});

it("a cut of a newer round, after the seal, has what was appended since", async () => {
  const cut = await cutOf(aServersFiles);
  await seal(cut);
  await append(cut.dataDir, "000005.log", " and more");
  await seal({ ...cut, piece: { ...cut.piece, cut: await takeCut(cut.source, cut.piece.staged) } });
  expect(await readTree(cut.data)).toMatchObject({ "000005.log": "acknowledged and more" });
  checkWithSha256sum(cut.directory);
});

describe("a table that was linked in advance", () => {
  it("and replaced under its name before the cut makes the piece useless, and says so", async () => {
    const beforeCut: Change = async (dataDir) => {
      await rm(join(dataDir, "000004.sst"));
      await writeFiles(dataDir, { "000004.sst": "tabla" });
    };
    const cut = await cutOf(aServersFiles, { beforeCut });
    await expect(seal(cut)).rejects.toMatchObject({
      reason: "corrupt",
      message: '"000004.sst" was replaced by another file after it had been linked',
    });
  });
});

describe("a file that vanishes from the piece before it is read", () => {
  it("makes the piece useless, and says so", async () => {
    const cut = await cutOf(aServersFiles);
    const remove: Hook = async ({ name, path }) => {
      if (name === "digests" && path.endsWith("CURRENT")) await rm(path);
    };
    await expect(seal(cut, hookedDisk(remove))).rejects.toMatchObject({
      reason: "corrupt",
      message: '"data/CURRENT" has vanished from the piece',
    });
  });
});

describe("a live file that is appended to", () => {
  it("is neither truncated nor written, and the piece has a private copy of just the cut", async () => {
    const cut = await cutOf(aServersFiles);
    await append(cut.dataDir, "000005.log", " and later");
    const inode = await inodeOf(cut.dataDir, "000005.log");
    await seal(cut);
    expect(await inodeOf(cut.dataDir, "000005.log")).toBe(inode);
    expect(await readFile(join(cut.dataDir, "000005.log"), "utf8")).toBe("acknowledged and later");
    expect((await stat(join(cut.dataDir, "000005.log"))).nlink).toBe(1);
    expect(await readFile(join(cut.data, "000005.log"), "utf8")).toBe("acknowledged");
    await append(cut.data, "000005.log", "!");
    expect(await readFile(join(cut.dataDir, "000005.log"), "utf8")).toBe("acknowledged and later");
  });

  it("shares its bytes with nothing that is ever opened for writing", async () => {
    const cut = await cutOf(aServersFiles);
    const live = new Set(await Promise.all(Object.keys(aServersFiles).map((path) => inodeOf(cut.dataDir, path))));
    const written: string[] = [];
    const check: Hook = async ({ name, path }) => {
      if (name !== "truncate") return;
      written.push(path);
      expect(live).not.toContain((await stat(path)).ino);
    };
    await seal(cut, hookedDisk(check));
    expect(written).toHaveLength(2);
  });

  it("that became shorter after the cut makes the piece useless, and says so", async () => {
    const cut = await cutOf(aServersFiles);
    await writeFiles(cut.dataDir, { "000005.log": "short" });
    expect(await rejectionOf(seal(cut))).toMatchObject({
      reason: "corrupt",
      message: '"000005.log" shrank from 12 to 5 bytes after the cut',
    });
  });
});

describe("what is not in the cut", () => {
  it("is removed: what was linked in advance, and what an earlier cut had", async () => {
    const files = { "1.sst": "", "gone.sst": "", "gone/gone.sst": "", "gone.log": "", gone: "", "kept/1.sst": "" };
    const { "gone/gone.sst": _, ...flat } = files;
    const cut = await cutOf(
      { ...flat, "old/deep/gone.sst": "" },
      {
        beforeCut: async (dataDir, cutAlready) => {
          await symlink("1.sst", join(dataDir, "gone-link"));
          await cutAlready();
          for (const path of ["gone.sst", "gone.log", "gone", "gone-link", "old"]) {
            await rm(join(dataDir, path), { recursive: true });
          }
        },
      },
    );
    const { meta } = await seal(cut);
    expect(await readTree(cut.data)).toEqual({ "1.sst": "", kept: "/", "kept/1.sst": "" });
    expect(meta.files).toBe(2);
    checkWithSha256sum(cut.directory);
  });

  it("is removed although its place is taken by something of another kind", async () => {
    const cut = await cutOf(
      { "a/b.sst": "", "c.sst": "" },
      {
        beforeCut: async (dataDir, cutAlready) => {
          await cutAlready();
          await rm(join(dataDir, "c.sst"));
          await symlink("a", join(dataDir, "c.sst"));
        },
      },
    );
    await seal(cut);
    expect(await readTree(cut.data)).toEqual({ a: "/", "a/b.sst": "", "c.sst": "-> a" });
  });

  it("is removed when no manifest of the piece names it, before anything is computed from it", async () => {
    const cut = await cutOf(aServersFiles, { layout: orphaning("000004.sst", "sub/000010.log") });
    const { meta } = await seal(cut);
    expect(Object.keys(await readTree(cut.data)).sort()).toEqual(["000005.log", "CURRENT", "sub", "sub/000009.sst"]);
    expect(meta).toMatchObject({ files: 3, bytes: 12 + 11 + 13 });
    checkWithSha256sum(cut.directory);
    expect(await readFile(join(cut.dataDir, "000004.sst"), "utf8")).toBe("table");
  });

  it("is asked for with the private copies in place", async () => {
    const asking = {
      ...layout,
      orphans: async (pieceDir: string, paths: readonly string[]) => {
        expect([...paths].sort()).toEqual(["000004.sst", "000005.log", "CURRENT", "sub/000009.sst", "sub/000010.log"]);
        expect((await stat(join(pieceDir, "000005.log"))).nlink).toBe(1);
        return [];
      },
    };
    await seal(await cutOf(aServersFiles, { layout: asking }));
    expect.assertions(2);
  });
});

describe("a cut that is taken again after a seal", () => {
  it("is sealed like the first: nothing of that is left, nothing is missing", async () => {
    const cut = await cutOf(
      { "1.log": "first", "2.sst": "", "3.sst": "", "old/4.sst": "" },
      { beforeCut: (dataDir) => rm(join(dataDir, "old"), { recursive: true }), layout: orphaning("2.sst") },
    );
    await symlink("2.sst", join(cut.dataDir, "link"));
    await seal(cut);
    await rm(join(cut.dataDir, "3.sst"));
    await writeFiles(cut.dataDir, { "1.log": "second", "old/5.sst": "" });
    const source = { ...cut.source, layout };
    const again = { ...cut, source, piece: { ...cut.piece, cut: await takeCut(source, cut.piece.staged) } };
    await seal(again);
    expect(await readTree(cut.data)).toEqual({
      "1.log": "second",
      "2.sst": "",
      old: "/",
      "old/5.sst": "",
      link: "-> 2.sst",
    });
    checkWithSha256sum(cut.directory);
  });
});

describe("the rest of the tree", () => {
  it("has empty directories, symbolic links, and the modes of the live data", async () => {
    const cut = await cutOf(aServersFiles, {
      beforeCut: async (dataDir) => {
        await mkdir(join(dataDir, "empty/deep"), { recursive: true });
        await symlink("../CURRENT", join(dataDir, "empty/link"));
        await symlink("nowhere", join(dataDir, "broken"));
        for (const path of ["000005.log", "CURRENT", "000004.sst"]) await chmod(join(dataDir, path), 0o640);
        await chmod(join(dataDir, "empty/deep"), 0o2750);
        await chmod(join(dataDir, "sub"), 0o711);
        await chmod(dataDir, 0o755);
      },
    });
    await seal(cut);
    expect(await readTree(cut.data)).toMatchObject({
      "empty/deep": "/",
      "empty/link": "-> ../CURRENT",
      broken: "-> nowhere",
    });
    for (const path of ["000005.log", "CURRENT", "000004.sst"]) expect(await modeOf(cut.data, path)).toBe(0o640);
    expect(await modeOf(cut.data, "empty/deep")).toBe(0o2750);
    expect(await modeOf(cut.data, "sub")).toBe(0o711);
  });

  it("has the mode and owner of a directory that is gone by the time of the seal, never more open ones", async () => {
    const cut = await cutOf(
      { "a/secret/1.sst": "", CURRENT: "" },
      {
        beforeCut: async (dataDir) => {
          await mkdir(join(dataDir, "a/empty"), { mode: 0o700 });
          await chmod(dataDir, 0o755);
        },
        beforeLinks: async (dataDir) => {
          await chmod(join(dataDir, "a/secret"), 0o710);
          for (const path of ["a", "a/secret"]) await chown(join(dataDir, path), owner ?? 0, owner ?? 0);
        },
      },
    );
    for (const path of ["a/secret", "a/empty"]) await rm(join(cut.dataDir, path), { recursive: true });
    await seal(cut);
    for (const [path, expected] of [["a/secret", 0o710] as const, ["a/empty", 0o700] as const]) {
      const { mode, uid, gid } = await stat(join(cut.data, path));
      expect({ path, mode: mode & 0o7777, uid, gid }).toEqual({ path, mode: expected, uid: owner, gid: owner });
    }
  });

  it("does not depend on a directory that goes while it is looked at", async () => {
    let isCut = false;
    const disk = hookedDisk(async ({ name, to = "" }) => {
      if (isCut && name === "makeDirectoryLike" && to.endsWith("live/a/e")) await rm(to, { recursive: true });
    });
    const cut = await cutOf({ "a/e/1.sst": "", CURRENT: "" }, { disk });
    isCut = true;
    await seal(cut);
    expect(await readTree(cut.dataDir)).not.toHaveProperty("a/e");
    expect(await readTree(cut.data)).toEqual({ a: "/", "a/e": "/", "a/e/1.sst": "", CURRENT: "" });
    checkWithSha256sum(cut.directory);
  });

  it("has directories into which their own user may not write, filled, also by a second cut", async () => {
    const cut = await cutOf({ "a/b/1.sst": "", "a/b/3.log": "", CURRENT: "" });
    for (const path of ["a/b", "a"]) await chmod(join(cut.dataDir, path), 0o500);
    const modes = async () => [await modeOf(cut.data, "a"), await modeOf(cut.data, "a/b")];
    await seal(cut);
    expect(await modes()).toEqual([0o500, 0o500]);
    await writeFiles(cut.dataDir, { "a/b/2.sst": "" });
    const again = { ...cut, piece: { ...cut.piece, cut: await takeCut(cut.source, cut.piece.staged) } };
    expect(await modes()).toEqual([0o700, 0o700]);
    await seal(again);
    expect(await modes()).toEqual([0o500, 0o500]);
    const modesAtWork = new Set<number>();
    const note: Hook = async ({ name, to = "" }) => {
      if (name === "rename" && to.endsWith("b/3.log")) for (const mode of await modes()) modesAtWork.add(mode);
    };
    await seal(again, hookedDisk(note)); // as after one that was interrupted at its end
    expect(modesAtWork).toEqual(new Set([0o700]));
    expect(await readTree(cut.data)).toMatchObject({ "a/b/1.sst": "", "a/b/2.sst": "" });
  });

  it("is there although the server has nothing to back up", async () => {
    const cut = await cutOf({ LOCK: "" });
    expect((await seal(cut)).meta).toMatchObject({ files: 0, bytes: 0 });
    expect(await readTree(cut.data)).toEqual({});
    checkWithSha256sum(cut.directory);
  });

  it("can be read by nobody else where it tells of the cluster", async () => {
    const cut = await cutOf(aServersFiles);
    await seal(cut);
    for (const name of ["META.json", "SHA256SUMS", "plan.json"]) expect(await modeOf(cut.directory, name)).toBe(0o600);
  });
});

describe("META.json", () => {
  it("is written last, after all else is durable", async () => {
    const cut = await cutOf(aServersFiles);
    const done: string[] = [];
    const note: Hook = ({ name, path }) => {
      if (["write", "sync", "syncFiles"].includes(name)) done.push(`${name} ${path.slice(cut.directory.length)}`);
    };
    await seal(cut, hookedDisk(note));
    const parent = `sync ${join(cut.directory, "..").slice(cut.directory.length)}`;
    expect(done.slice(-3)).toEqual(["write /SHA256SUMS", "write /META.json", parent]);
    const durable = ["data/000004.sst", "data/000005.log", "data/CURRENT", "plan.json"].map(
      (path) => `syncFiles /${path}`,
    );
    expect(done).toEqual(expect.arrayContaining([...durable, "sync /data/sub", "sync /data", "sync "]));
  });

  it("says what was sealed, and can be read", async () => {
    const cut = await cutOf(aServersFiles);
    const { meta, progress } = await seal(cut);
    expect(meta).toMatchObject({ ...facts, files: 5, bytes: 5 + 12 + 11 + 13 });
    expect(JSON.parse(await readFile(join(cut.directory, "META.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(meta)),
    );
    expect(progress.at(-1)).toEqual({ doneBytes: meta.bytes, totalBytes: meta.bytes });
  });

  it("is not written when it could not be read again", async () => {
    const cut = await cutOf(aServersFiles);
    const nonsense = seal(cut, quickDisk, { ...facts, snapshotMs: Number.NaN });
    expect(await rejectionOf(nonsense)).toMatchObject({ reason: "corrupt" });
    expect(await quickDisk.names(cut.directory)).not.toContain("META.json");
  });
});

describe("a seal that is interrupted", () => {
  it("by its caller stops soon", async () => {
    const cut = await cutOf(aServersFiles);
    const caller = new AbortController();
    const leave: Hook = ({ name }) => {
      if (name === "digests") caller.abort(new Error("the caller went away"));
    };
    await expect(seal(cut, hookedDisk(leave), facts, caller.signal)).rejects.toThrow("the caller went away");
    expect(await quickDisk.names(cut.directory)).not.toContain("META.json");
  });

  it.each(crashes)("%s any operation, and done again, gives the same piece", async (crash) => {
    const start = async () => {
      const files = { "1.log": "acknowledged", "2.sst": "", "3.sst": "", "4.log": "", CURRENT: "" };
      const cut = await cutOf(files, {
        layout: orphaning("3.sst", "4.log"),
        beforeCut: async (dataDir, cutAlready) => {
          await symlink("CURRENT", join(dataDir, "link"));
          await writeFiles(dataDir, { "gone.log": "", "gone/1.sst": "" });
          await cutAlready();
          await rm(join(dataDir, "gone.log"));
          await rm(join(dataDir, "gone"), { recursive: true });
        },
      });
      await append(cut.dataDir, "1.log", " and later");
      return cut;
    };
    const undisturbed = await start();
    await seal(undisturbed);
    const expected = await wholePiece(undisturbed.directory);

    for (let n = 1, hasCrashed = true; hasCrashed; n++) {
      const cut = await start();
      const faulty = diskThatCrashes(n, crash);
      await seal(cut, faulty.disk).catch(() => {});
      hasCrashed = faulty.hasCrashed();
      await seal(cut);
      expect(await wholePiece(cut.directory), `operation ${n}`).toEqual(expected);
    }
  });
});
