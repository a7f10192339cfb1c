// The real disk: what replaces a file never writes through a link to a live one, and errors say what to mend.
import { execFileSync } from "node:child_process";
import { chmod, link, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../agent/checksums.ts";
import { explained, nodeDisk } from "../../agent/disk.ts";
import { isMissing } from "../../agent/disk-errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { modeOf, readTree, writeFiles } from "../support/file-tree.ts";
import { diskError } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const forever = new AbortController().signal;

/** A live file, and a second name of it. */
async function linked() {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { live: "live", other: "other" });
  await link(join(directory, "live"), join(directory, "linked"));
  return { directory, live: join(directory, "live"), at: join(directory, "linked"), other: join(directory, "other") };
}

describe("a link to a live file", () => {
  it("is replaced by a copy, never written through", async () => {
    const { live, at, other } = await linked();
    await nodeDisk.copy(other, at);
    expect(await readFile(live, "utf8")).toBe("live");
    expect(await readFile(at, "utf8")).toBe("other");
  });

  it("is replaced by what is written, never written through", async () => {
    const { live, at } = await linked();
    await nodeDisk.write(at, "new");
    expect(await readFile(live, "utf8")).toBe("live");
    expect(await modeOf(at)).toBe(0o600);
  });

  it("is not written through by what an earlier write left half done", async () => {
    const { directory, live } = await linked();
    await link(live, join(directory, "file.writing"));
    await nodeDisk.write(join(directory, "file"), "new");
    expect(await readTree(directory)).toMatchObject({ live: "live", file: "new" });
    expect(await readTree(directory)).not.toHaveProperty("file.writing");
  });

  it("keeps its file when it is removed", async () => {
    const { live, at } = await linked();
    await nodeDisk.remove(at);
    expect((await stat(live)).nlink).toBe(1);
  });
});

describe("the disk", () => {
  it("copies mode and content, and a directory's look", async () => {
    const directory = await temporaryDirectory();
    await writeFiles(directory, { file: "content" });
    await chmod(join(directory, "file"), 0o640);
    await nodeDisk.copy(join(directory, "file"), join(directory, "copy"));
    await mkdir(join(directory, "model"), { mode: 0o750 });
    await nodeDisk.makeDirectoryLike(join(directory, "a/b"), join(directory, "model"));
    expect(await modeOf(directory, "copy")).toBe(0o640);
    expect(await modeOf(directory, "a/b")).toBe(0o750);
    expect(await modeOf(directory, "a")).toBe(0o700);
  });

  it("makes a directory like one that its owner may not fill so that he may, and tells the mode that is to come", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "model"), { mode: 0o500 });
    expect(await nodeDisk.makeDirectoryLike(join(directory, "made"), join(directory, "model"))).toBe(0o500);
    expect(await modeOf(directory, "made")).toBe(0o700);
    const ofGone = nodeDisk.makeDirectoryLike(join(directory, "none"), join(directory, "gone"));
    await expect(ofGone).rejects.toMatchObject({ code: "ENOENT" });
    expect(await nodeDisk.isDirectory(join(directory, "none"))).toBe(false);
  });

  it("says of what is not there that it is not there", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "file"), "");
    expect(await nodeDisk.names(join(directory, "none"))).toEqual([]);
    expect(await nodeDisk.size(join(directory, "none"))).toBeUndefined();
    expect(await nodeDisk.size(join(directory, "file/below"))).toBeUndefined();
    await nodeDisk.remove(join(directory, "none"));
    expect(isMissing(diskError("ENOENT"))).toBe(true);
    expect(isMissing(diskError("EIO"))).toBe(false);
  });

  it("removes links and never what they point to", async () => {
    const directory = await temporaryDirectory();
    await writeFiles(directory, { "kept/file": "" });
    await mkdir(join(directory, "gone"));
    await symlink("../kept", join(directory, "gone/link"));
    await nodeDisk.remove(join(directory, "gone"));
    expect(await readTree(directory)).toEqual({ kept: "/", "kept/file": "" });
  });

  describe.each([
    ["little", true],
    ["much", false],
  ])("asked for checksums of what is %s work", (_, isLittle) => {
    const options = { signal: forever, gently: true, isLittle };

    it("knows them, and lengths and inodes, and stops when it is told to", async () => {
      const directory = await temporaryDirectory();
      const contents = [
        Buffer.alloc(2.5 * 1024 * 1024, "x"),
        Buffer.alloc(0),
        ...oneHundred((n) => Buffer.from(`${n}`)),
      ];
      const paths = contents.map((_, index) => join(directory, `${index}`));
      await Promise.all(contents.map((content, index) => writeFile(join(directory, `${index}`), content)));
      const inodes = await Promise.all(paths.map(async (path) => (await stat(path)).ino));
      expect(await nodeDisk.digests(paths, options)).toEqual(
        contents.map((content, index) => ({ sha256: sha256(content), bytes: content.length, inode: inodes[index] })),
      );
      const signal = AbortSignal.abort(new Error("stop"));
      await expect(nodeDisk.digests(paths, { ...options, signal })).rejects.toThrow("stop");
    });

    it("says of each file that has none why, and has those of the others", async () => {
      const directory = await temporaryDirectory();
      await writeFile(join(directory, "file"), "x");
      await symlink("file", join(directory, "link"));
      execFileSync("mkfifo", [join(directory, "pipe")]);
      const paths = ["file", "gone", "link", "pipe"].map((name) => join(directory, name));
      expect(await nodeDisk.digests(paths, options)).toMatchObject([
        { bytes: 1 },
        { error: { code: "ENOENT" } },
        { error: { reason: "corrupt" } },
        { error: { reason: "corrupt" } },
      ]);
    });
  });

  it("knows many files' lengths and inodes, and makes them durable, however many there are", async () => {
    const directory = await temporaryDirectory();
    const paths = [1, 2, 3].flatMap((round) => oneHundred((n) => join(directory, `${round}-${n}`)));
    await Promise.all(paths.map((path) => writeFile(path, "12")));
    const { ino: inode } = await stat(paths[0] as string);
    const stats = await nodeDisk.stats([...paths, join(directory, "gone")]);
    expect(stats[0]).toEqual({ size: 2, inode });
    expect(stats.slice(0, -1).every((each) => each?.size === 2)).toBe(true);
    expect(stats.at(-1)).toBeUndefined();
    expect(await nodeDisk.stats([paths[0] as string, join(directory, "gone")])).toEqual([stats[0], undefined]);
    await nodeDisk.syncFiles(paths);
    await nodeDisk.syncFiles(paths.slice(0, 100));
    await nodeDisk.syncFiles(paths.slice(0, 10));
    await expect(nodeDisk.syncFiles([join(directory, "gone")])).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("knows the space that is left", async () => {
    const space = await nodeDisk.space(await temporaryDirectory());
    expect(space.freeBytes).toBeGreaterThan(0);
    expect(space.freeInodes ?? 1).toBeGreaterThan(0);
  });
});

describe("an error of the disk", () => {
  it.each([
    ["ENOSPC", "no-space", "delete an old backup"],
    ["EDQUOT", "no-space", "delete an old backup"],
    ["EACCES", "invalid", "run the agent as the user that owns the data"],
    ["EPERM", "invalid", "run the agent as the user that owns the data"],
    ["EROFS", "invalid", "run the agent as the user that owns the data"],
    ["ENAMETOOLONG", "invalid", "shorten the longest"],
  ])("%s says what to mend: %s", async (code, reason, hint) => {
    const cause = diskError(code);
    const error = await rejectionOf(explained(() => Promise.reject(cause))());
    expect(error).toMatchObject({ reason, cause, message: cause.message });
    expect(error?.hint).toContain(hint);
  });

  it("that nobody can mend stays as it is", async () => {
    await expect(explained(() => Promise.reject(diskError("EIO")))()).rejects.toMatchObject({ code: "EIO" });
  });
});

function oneHundred<Each>(make: (n: number) => Each): Each[] {
  return Array.from({ length: 100 }, (_, n) => make(n));
}
