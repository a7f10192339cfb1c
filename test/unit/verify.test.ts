// Every kind of damage is found, and named.
import { appendFile, mkdir, readFile, rename, rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../agent/checksums.ts";
import { rejectionOf } from "../support/error-of.ts";
import { readTree, writeFiles } from "../support/file-tree.ts";
import { diskError, type Hook, hookedDisk } from "../support/hooked-disk.ts";
import { commitPiece, dump, forever, nightly, openTestAgent, resultOf } from "../support/test-agent.ts";

async function openWithPiece(hook: Hook = () => {}) {
  const opened = await openTestAgent();
  await commitPiece(opened);
  const { agent } = await openTestAgent({ dataDir: opened.dataDir, disk: hookedDisk(hook) });
  return { agent, piece: join(opened.backups, nightly.backupId) };
}

type Opened = Awaited<ReturnType<typeof openWithPiece>>;

const verify = ({ agent }: Opened) => resultOf(agent.verify(nightly.backupId, forever));

/** Edits a JSON file in the piece. */
async function edit(piece: string, change: Record<string, unknown>): Promise<void> {
  const meta: unknown = JSON.parse(await readFile(join(piece, "META.json"), "utf8"));
  await writeFiles(piece, { "META.json": JSON.stringify({ ...(meta as object), ...change }) });
}

/** Somebody who knows what META.json is for. */
async function forgeChecksums(piece: string, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(join(piece, "SHA256SUMS"), "utf8"));
  await writeFiles(piece, { SHA256SUMS: text });
  await edit(piece, { checksumsSha256: sha256(text) });
}

describe("a piece that is whole", () => {
  it("has no problems, and is only read", async () => {
    const operations = new Set<string>();
    const opened = await openWithPiece(({ name }) => void operations.add(name));
    const before = await readTree(opened.piece);
    operations.clear();
    const { meta, problems } = await verify(opened);
    expect(problems).toEqual([]);
    expect([...operations].sort()).toEqual(["digests", "isDirectory", "read", "size"]);
    expect(meta).toMatchObject({ id: nightly.backupId, files: 5 });
    expect(await readTree(opened.piece)).toEqual(before);
  });

  it("gives the dump that was stored", async () => {
    const { agent } = await openWithPiece();
    expect(await agent.readDump(nightly.backupId)).toEqual(dump);
  });
});

describe("damage to a file", () => {
  const damages: [string, (data: string) => Promise<void>, string[]][] = [
    [
      "one that is missing",
      (data) => rm(join(data, "CURRENT")),
      ['"data/CURRENT" is missing', "4 files are there, META.json has 5"],
    ],
    [
      "one that does not belong there",
      (data) => writeFiles(data, { "sub/extra": "" }),
      ['"data/sub/extra" does not belong here', "6 files are there, META.json has 5"],
    ],
    [
      "one that has another byte",
      async (data) => {
        await rm(join(data, "000004.sst"));
        await writeFiles(data, { "000004.sst": "taBle" });
      },
      ['"data/000004.sst" is damaged: its checksum is another'],
    ],
    [
      "one that is longer",
      (data) => appendFile(join(data, "000005.log"), "!"),
      ['"data/000005.log" is damaged: its checksum is another'],
    ],
    [
      "one that is empty",
      (data) => truncate(join(data, "sub/OPTIONS"), 0),
      ['"data/sub/OPTIONS" is damaged: its checksum is another'],
    ],
    [
      "one that has another name",
      (data) => rename(join(data, "CURRENT"), join(data, "current")),
      ['"data/current" does not belong here', '"data/CURRENT" is missing'],
    ],
    [
      "one that is a directory now",
      async (data) => {
        await rm(join(data, "CURRENT"));
        await mkdir(join(data, "CURRENT"));
      },
      ['"data/CURRENT" is missing', "4 files are there, META.json has 5"],
    ],
    [
      "one that is a link to its content now",
      async (data) => {
        await rename(join(data, "CURRENT"), join(data, "../CURRENT"));
        await symlink("../CURRENT", join(data, "CURRENT"));
      },
      ['"data/CURRENT" is missing', "4 files are there, META.json has 5", 'link "data/CURRENT" points out of the data'],
    ],
  ];

  it.each(damages)("%s is found and named", async (_what, damage, expected) => {
    const opened = await openWithPiece();
    await damage(join(opened.piece, "data"));
    expect((await verify(opened)).problems.sort()).toEqual(expected.sort());
  });

  it("that the disk cannot read is named like any other, and the rest is read all the same", async () => {
    const opened = await openWithPiece(({ name, path }) => {
      if (name === "digests" && /(CURRENT|000004\.sst)$/.test(path)) throw diskError("EIO");
    });
    expect((await verify(opened)).problems).toEqual([
      '"data/000004.sst" cannot be read: EIO: made up by a test',
      '"data/CURRENT" cannot be read: EIO: made up by a test',
    ]);
  });
});

describe("damage to the dump", () => {
  it("is found and named, and the dump is not given out", async () => {
    const opened = await openWithPiece();
    await writeFiles(opened.piece, { "plan.json": "{}" });
    expect((await verify(opened)).problems).toEqual(['"plan.json" is damaged: its checksum is another']);
    expect(await rejectionOf(opened.agent.readDump(nightly.backupId))).toMatchObject({ reason: "corrupt" });
    await rm(join(opened.piece, "plan.json"));
    expect((await verify(opened)).problems).toEqual(['"plan.json" is missing']);
  });
});

describe("damage to SHA256SUMS", () => {
  it.each<[string, (piece: string) => Promise<unknown>, string]>([
    ["edited", (piece) => appendFile(join(piece, "SHA256SUMS"), "\n"), "is not the one that META.json names"],
    ["missing", (piece) => rm(join(piece, "SHA256SUMS")), "cannot be read"],
    [
      "in place of the file a path above the piece",
      (piece) => forgeChecksums(piece, (text) => text.replace("data/CURRENT", "data/../../../CURRENT")),
      'names "data/../../../CURRENT", which is no file of a piece',
    ],
    [
      "in place of the file a path elsewhere",
      (piece) => forgeChecksums(piece, (text) => text.replace("data/CURRENT", "/etc/passwd")),
      'names "/etc/passwd", which is no file of a piece',
    ],
    [
      "an escaped path above the piece",
      (piece) => forgeChecksums(piece, (text) => `\\${text.replace("data/000004.sst", "data/\\.\\./x")}`),
      'names "data/../x", which is no file of a piece',
    ],
    ["a line that is none", (piece) => forgeChecksums(piece, (text) => `${text}x\n`), "line 7 is not a checksum"],
  ])("%s is refused", async (_how, damage, message) => {
    const opened = await openWithPiece();
    await damage(opened.piece);
    const error = await rejectionOf(verify(opened));
    expect(error?.reason).toBe("corrupt");
    expect(error?.message).toContain(message);
  });
});

describe("damage to META.json", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["another number of files", { files: 4 }, "5 files are there, META.json has 4"],
    ["another size", { bytes: 1 }, "the files have 46 bytes, META.json has 1"],
    [
      "no hold",
      { hold: undefined },
      "META.json does not prove the cut: the hold was broken, or the cut was made outside of it",
    ],
    [
      "a cut that is not within the hold",
      { cutAt: "2030-01-01T00:00:00.000Z" },
      "META.json does not prove the cut: the hold was broken, or the cut was made outside of it",
    ],
  ])("%s is found and named", async (_what, change, problem) => {
    const opened = await openWithPiece();
    await edit(opened.piece, change);
    expect((await verify(opened)).problems).toEqual([problem]);
  });

  it("that makes it one of another backup is refused", async () => {
    const opened = await openWithPiece();
    await edit(opened.piece, { id: "2026-01-01T00.00.00.000Z_other" });
    expect(await rejectionOf(verify(opened))).toMatchObject({ reason: "corrupt" });
  });

  it("is no damage in a piece that says that it was taken without a lock", async () => {
    const opened = await openWithPiece();
    await edit(opened.piece, { hold: undefined, potentiallyInconsistent: true });
    expect((await verify(opened)).problems).toEqual([]);
  });
});

describe("a verification", () => {
  it("ends when its caller goes away", async () => {
    const caller = new AbortController();
    const opened = await openWithPiece(({ name }) => {
      if (name === "digests") caller.abort(new Error("the caller went away"));
    });
    const work = resultOf(opened.agent.verify(nightly.backupId, caller.signal));
    await expect(work).rejects.toThrow("the caller went away");
  });

  it("says so when the piece's directory cannot be read at all", async () => {
    const opened = await openWithPiece();
    await rm(join(opened.piece, "data"), { recursive: true });
    expect(await rejectionOf(verify(opened))).toMatchObject({
      reason: "invalid",
      message: expect.stringContaining(`directory "${join(opened.piece, "data")}" cannot be read`),
    });
  });
});
