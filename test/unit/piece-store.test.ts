// What is in backups/ is whole or is not there, whatever a crash left.
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { PieceStore } from "../../agent/piece-store.ts";
import { rejectionOf } from "../support/error-of.ts";
import { modeOf, readTree, writeFiles } from "../support/file-tree.ts";
import { crashes, diskError, diskThatCrashes, hookedDisk, quickDisk } from "../support/hooked-disk.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { commitPiece, facts, forever, nightly, openTestAgent, resultOf, takePiece } from "../support/test-agent.ts";

const id = nightly.backupId;
const fewFiles = { "1.sst": "table", "sub/2.log": "log", CURRENT: "2.log\n" };

async function openStore(dataDir?: string) {
  const store = new PieceStore(dataDir ?? (await temporaryDirectory()), quickDisk);
  return { store, ...(await store.open()) };
}

async function stageSealed(store: PieceStore, as = id): Promise<void> {
  const directory = await store.stage({ ...nightly, backupId: as });
  const meta = { ...facts, id, serverId: "db1", agentVersion: "0.1.0", engine: "fake", engineVersion: "1.0" };
  const rest = { layout: "globs", token: 7, snapshotMs: 1, cutAt: new Date(), files: 0, bytes: 0 };
  const json = JSON.stringify({ formatVersion: 1, ...meta, ...rest, checksumsSha256: "0".repeat(64) });
  await writeFiles(directory, { "META.json": json });
}

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

describe("a piece", () => {
  it("is listed once it is committed, not before", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    expect(await store.list()).toEqual([]);
    expect(await store.stagedIds()).toEqual([id]);
    await store.commit(id);
    expect(await store.list()).toMatchObject([{ id, meta: { id, token: 7 } }]);
    expect(await store.stagedIds()).toEqual([]);
  });

  it("can be committed twice, also at the same time", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await Promise.all([store.commit(id), store.commit(id)]);
    await store.commit(id);
    expect(await store.list()).toHaveLength(1);
  });

  it("is not committed before it is sealed", async () => {
    const { store } = await openStore();
    await store.stage(nightly);
    expect(await reasonOf(store.commit(id))).toBe("not-found");
    expect(await store.list()).toEqual([]);
  });

  it("is not found where it never was", async () => {
    const { store } = await openStore();
    expect(await reasonOf(store.commit(id))).toBe("not-found");
    expect(await reasonOf(store.meta(id))).toBe("not-found");
    expect(await store.delete(id)).toBe(false);
  });

  it("is not staged again once it is committed", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.commit(id);
    expect(await reasonOf(store.stage(nightly))).toBe("invalid");
  });

  it("is not staged again once it is sealed", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    expect(await reasonOf(store.stage(nightly))).toBe("stale-round");
    await store.commit(id);
  });

  it("that is sealed is left alone by runs that are no newer than its own", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.stage({ ...nightly, backupId: "2026-01-01T00.00.00.000Z_half" });
    await store.discardStagedBefore(nightly.token);
    expect(await store.stagedIds()).toEqual([id]);
    await store.discardStagedBefore(nightly.token + 1);
    expect(await store.stagedIds()).toEqual([]);
  });

  it.each([
    ["EMFILE", "unreachable"],
    ["EIO", "unreachable"],
    ["EISDIR", "corrupt"],
  ])("whose META.json cannot be read for %s is %s: only what is damaged is gone for good", async (code, reason) => {
    const { store } = await openStore();
    await stageSealed(store);
    const failing = new PieceStore(
      dirname(store.root),
      hookedDisk(({ name, path }) => {
        if (name === "read" && path.endsWith("META.json")) throw diskError(code);
      }),
    );
    expect(await reasonOf(failing.commit(id))).toBe(reason);
    await store.commit(id);
  });

  it("can be read by nobody else", async () => {
    const { store } = await openStore();
    const directory = await store.stage(nightly);
    for (const path of [store.root, join(store.root, ".staging"), directory]) expect(await modeOf(path)).toBe(0o700);
  });

  it("is deleted whole, and its links are not followed", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.commit(id);
    const outside = await temporaryDirectory();
    await writeFiles(outside, { precious: "" });
    await symlink(outside, join(store.directoryOf(id), "link"));
    expect(await store.delete(id)).toBe(true);
    expect(await store.delete(id)).toBe(false);
    expect(await readTree(store.root)).toEqual({ ".staging": "/", ".trash": "/" });
    expect(await readTree(outside)).toEqual({ precious: "" });
  });

  it("is deleted although somebody has removed the trash", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.commit(id);
    await rm(join(store.root, ".trash"), { recursive: true });
    expect(await store.delete(id)).toBe(true);
    expect(await store.list()).toEqual([]);
  });
});

describe("a path that is too long only in a piece", () => {
  it("is named, with what can be done, as what must be mended", async () => {
    const opened = await openTestAgent({ files: {} });
    const length = 4095 - opened.dataDir.length - 10;
    const directories = `${"d".repeat(199)}/`.repeat(Math.floor((length - 5) / 200));
    const path = `${directories}${"x".repeat(length - directories.length - 4)}.sst`;
    await writeFiles(opened.dataDir, { [path]: "" });
    expect(await rejectionOf(takePiece(opened))).toMatchObject({
      reason: "invalid",
      message: expect.stringContaining(path),
      hint: expect.stringContaining("shorten the longest"),
    });
    await opened.agent.abort({ ...nightly, round: 1 });
    expect(await quickDisk.names(join(opened.backups, ".trash"))).toEqual([]);
  });
});

describe("an id", () => {
  const bad = ["", ".", "..", "../../etc", "a/b", "/etc/passwd", ".staging", "a\0b", "a\nb", "ä", "a".repeat(251)];

  it.each(bad)("%j is refused everywhere", async (each) => {
    const { store } = await openStore();
    const calls = [
      store.stage({ ...nightly, backupId: each }),
      store.meta(each),
      store.commit(each),
      store.discardStaged(each),
      store.delete(each),
    ];
    expect(await Promise.all(calls.map(reasonOf))).toEqual(Array(5).fill("invalid"));
    expect(() => store.directoryOf(each)).toThrow("is not one");
  });
});

describe("the list", () => {
  it("is in the order of time and tells what is wrong with a piece, without hiding the others", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.commit(id);
    await writeFiles(store.root, {
      "2026-01-01T00.00.00.000Z_damaged/META.json": "{",
      "2026-02-01T00.00.00.000Z_newer/META.json": '{"formatVersion": 2}',
      "2026-03-01T00.00.00.000Z_renamed/META.json": await readFile(join(store.directoryOf(id), "META.json"), "utf8"),
      "notes.txt": "a stray file",
      "not an id/META.json": "",
    });
    await mkdir(join(store.root, "2026-04-01T00.00.00.000Z_empty"));
    const listed = await store.list();
    expect(listed.map((piece) => [piece.id, "problem" in piece ? piece.problem : "fine"])).toEqual([
      ["2026-01-01T00.00.00.000Z_damaged", 'META.json of "2026-01-01T00.00.00.000Z_damaged" is not JSON'],
      [
        "2026-02-01T00.00.00.000Z_newer",
        'META.json of "2026-02-01T00.00.00.000Z_newer" has format 2, this version knows 1',
      ],
      ["2026-03-01T00.00.00.000Z_renamed", `META.json of "2026-03-01T00.00.00.000Z_renamed" is of backup "${id}"`],
      ["2026-04-01T00.00.00.000Z_empty", 'META.json of "2026-04-01T00.00.00.000Z_empty" is missing'],
      [id, "fine"],
      ["not an id", 'backup id "not an id" is not one'],
      ["notes.txt", 'META.json of "notes.txt" is missing'],
    ]);
  });
});

describe("opening", () => {
  it("removes what is staged and not sealed, whatever its name, and all trash", async () => {
    const { store } = await openStore();
    await stageSealed(store);
    await store.stage({ ...nightly, backupId: "2026-01-01T00.00.00.000Z_half" });
    await writeFiles(store.root, { ".staging/a stray file": "", ".trash/half/gone": "" });
    const { removed } = await store.open();
    expect(removed.sort()).toEqual(["2026-01-01T00.00.00.000Z_half", "a stray file"]);
    expect(await store.stagedIds()).toEqual([id]);
    expect(await quickDisk.names(join(store.root, ".trash"))).toEqual([]);
  });

  it("does not fail for trash that cannot be removed, and says which: an agent that does not start helps nobody", async () => {
    const { store } = await openStore();
    await store.stage(nightly);
    await writeFiles(store.root, { ".trash/stays": "", ".trash/goes": "" });
    const failing = new PieceStore(
      dirname(store.root),
      hookedDisk(({ name, path }) => {
        if (name === "remove" && !path.endsWith("goes")) throw diskError("EBUSY");
      }),
    );
    const { removed, left } = await failing.open();
    const trash = await quickDisk.names(join(store.root, ".trash"));
    expect([removed, await store.stagedIds(), trash.length]).toEqual([[id], [], 2]);
    const explained = trash.map(
      (name) => `"${join(store.root, ".trash", name)}" cannot be removed: EBUSY: made up by a test`,
    );
    expect(left.sort()).toEqual(explained.sort());
    expect((await store.open()).left).toEqual([]);
  });

  it("can be done where there is nothing, and again", async () => {
    const { store, removed } = await openStore();
    expect([removed, await store.open(), await store.list()]).toEqual([[], { removed: [], left: [] }, []]);
  });

  it("leaves everything else in the data directory alone", async () => {
    const dataDir = await temporaryDirectory();
    await writeFile(join(dataDir, "CURRENT"), "1");
    await openStore(dataDir);
    expect(await readTree(dataDir)).toEqual({ CURRENT: "1" });
  });
});

describe("a crash", () => {
  /** Crashes at each operation of the step in turn; then a new agent finds what is left. */
  async function crashEverywhere(
    crash: (typeof crashes)[number],
    { before, step }: { before?: (dataDir: string) => Promise<unknown>; step: Step },
    check: (found: Found) => void,
  ) {
    for (let n = 1, hasCrashed = true; hasCrashed; n++) {
      const { dataDir } = await openTestAgent({ files: fewFiles });
      await before?.(dataDir);
      const faulty = diskThatCrashes(n, crash);
      const dying = await openTestAgent({ dataDir, disk: faulty.disk, isOpen: false });
      const succeeded = await step(dying).then(
        () => true,
        () => false,
      );
      hasCrashed = faulty.hasCrashed();
      check({ n, succeeded, hasCrashed, ...(await lookAt(dataDir)) });
      expect(await readTree(dataDir), `operation ${n}`).toEqual({ ...fewFiles, sub: "/" });
    }
  }

  /** What a new agent lists, with the problems that a look at every byte finds. */
  async function lookAt(dataDir: string) {
    const { agent, backups } = await openTestAgent({ dataDir });
    const pieces = await agent.listPieces("");
    const verdicts = pieces.map((piece) => resultOf(agent.verify(piece.id, forever)));
    const problems = (await Promise.all(verdicts)).flatMap((verdict) => verdict.problems);
    const trash = await quickDisk.names(join(backups, ".trash"));
    return { listed: pieces.map((piece) => piece.id), problems, trash, agent, backups };
  }

  type Step = (opened: Awaited<ReturnType<typeof openTestAgent>>) => Promise<unknown>;
  type Found = Awaited<ReturnType<typeof lookAt>> & { n: number; succeeded: boolean; hasCrashed: boolean };

  it.each(crashes)("%s any operation on the way to a committed piece leaves it whole or not there", async (crash) => {
    const outcomes = new Set<string>();
    await crashEverywhere(crash, { step: commitPiece }, ({ n, listed, problems, trash, succeeded }) => {
      expect({ n, problems, trash }).toEqual({ n, problems: [], trash: [] });
      if (succeeded) expect(listed).toEqual([id]);
      outcomes.add(`${succeeded ? "answered" : "failed"}, ${listed.length} listed`);
    });
    expect(outcomes).toContain("failed, 0 listed");
    expect(outcomes).toContain("answered, 1 listed");
  });

  it.each(crashes)("%s any operation of a deletion leaves the piece whole or not there", async (crash) => {
    const before = async (dataDir: string) => await commitPiece(await openTestAgent({ dataDir }));
    const step: Step = ({ agent }) => agent.deletePiece({ ...nightly, token: 8 });
    await crashEverywhere(crash, { before, step }, ({ n, listed, problems, trash, succeeded }) => {
      expect({ n, problems, trash }).toEqual({ n, problems: [], trash: [] });
      expect(listed).toEqual(succeeded ? [] : expect.toBeOneOf([[], [id]]));
    });
  });

  it("of the agent takes a piece away that was cut anew after its seal, and was not sealed again", async () => {
    const { dataDir } = await openTestAgent({ files: fewFiles });
    const dying = await openTestAgent({ dataDir });
    await takePiece(dying);
    await dying.agent.snapshot({ ...nightly, round: 2 }, true);
    const { agent } = await openTestAgent({ dataDir });
    expect(await reasonOf(agent.commit(nightly))).toBe("not-found");
  });

  it("of the agent does not take a sealed piece away: it can still be committed", async () => {
    const { dataDir } = await openTestAgent({ files: fewFiles });
    await takePiece(await openTestAgent({ dataDir }));
    const { agent } = await openTestAgent({ dataDir });
    await agent.commit(nightly);
    expect(await agent.listPieces(id)).toHaveLength(1);
  });
});
