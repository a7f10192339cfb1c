// The real disk: what replaces a file never writes through a link to a live one, and errors say what to mend.
import { chmod, link, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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

  it("reads a file in pieces, also an empty one, and stops when it is told to", async () => {
    const directory = await temporaryDirectory();
    const content = Buffer.alloc(2.5 * 1024 * 1024, "x");
    await writeFile(join(directory, "file"), content);
    await writeFile(join(directory, "empty"), "");
    let bytes = 0;
    for await (const piece of nodeDisk.stream(join(directory, "file"), { sync: true, signal: forever })) {
      bytes += piece.length;
    }
    expect(bytes).toBe(content.length);
    const nothing = nodeDisk.stream(join(directory, "empty"), { sync: true, signal: forever });
    expect(await Array.fromAsync(nothing)).toEqual([]);
    const stopped = nodeDisk.stream(join(directory, "file"), {
      sync: false,
      signal: AbortSignal.abort(new Error("stop")),
    });
    await expect(Array.fromAsync(stopped)).rejects.toThrow("stop");
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
