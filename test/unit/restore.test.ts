// The data of a server is its old data or the backup's, never a mixture, whatever is interrupted; and the backup stays as
// it is.
import { chmod, mkdir, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Disk } from "../../agent/disk.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { append, inodeOf, modeOf, readTree, writeFiles } from "../support/file-tree.ts";
import {
  crashes,
  diskError,
  diskThatCrashes,
  type Hook,
  hookedDisk,
  quickDisk,
  removeHalf,
} from "../support/hooked-disk.ts";
import { asPlainUser } from "../support/plain-user.ts";
import { commitPiece, forever, nightly, openTestAgent, resultOf, serverFiles } from "../support/test-agent.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

type Opened = Awaited<ReturnType<typeof openTestAgent>>;

const restoreRun = { ...nightly, token: 20 };
const stageRequest = { ...restoreRun, pieceServerId: "db1", dryRun: false, ignoreVersion: false };

/** What the server has when it is restored: nothing is as it was in the backup. */
const todaysFiles = {
  "000005.log": "of today",
  "000011.sst": "a table of today",
  CURRENT: "000011.log\n",
  LOCK: "of today",
  "cache/page": "of today",
  "sub/000012.sst": "of today",
};
const today = { ...todaysFiles, cache: "/", sub: "/" };
const { LOCK: _, "cache/page": __, ...inTheBackup } = serverFiles;
const restored = { ...inTheBackup, sub: "/", LOCK: "of today", cache: "/", "cache/page": "of today" };

/** A server with a backup that was taken long ago. */
async function openWithBackup({ then = serverFiles, now = todaysFiles, change }: History = {}) {
  const opened = await openTestAgent({ files: then });
  await change?.(opened.dataDir);
  await commitPiece(opened);
  for (const name of await quickDisk.names(opened.dataDir)) {
    if (name !== "backups") await rm(join(opened.dataDir, name), { recursive: true });
  }
  await writeFiles(opened.dataDir, now);
  return { ...opened, piece: join(opened.backups, nightly.backupId) };
}

interface History {
  then?: Record<string, string>;
  now?: Record<string, string>;
  change?: (dataDir: string) => Promise<void>;
}

const stage = ({ agent }: Opened, request: Partial<typeof stageRequest> = {}, signal = forever) =>
  resultOf(agent.stageRestore({ ...stageRequest, ...request }, signal));

describe("a server that is down", () => {
  it("can be restored, though it cannot tell its version", async () => {
    const opened = await openWithBackup();
    await opened.engine.stopServer(forever);
    await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    expect(await readTree(opened.dataDir)).toEqual(restored);
  });
});

async function flip(opened: Opened): Promise<string> {
  await stage(opened);
  return (await opened.agent.flipRestore(restoreRun, forever)).failsafeDir;
}

/** As the coordinator does when something fails. */
async function undoAndStart({ agent }: Opened): Promise<void> {
  if (await agent.undoRestore(restoreRun, forever)) await agent.startRestored(restoreRun, true, forever);
}

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

describe("staging", () => {
  it("builds the data beside today's, and the server goes on working", async () => {
    const opened = await openWithBackup();
    expect(await stage(opened)).toMatchObject({ id: nightly.backupId, files: 5 });
    expect(await readTree(opened.dataDir)).toEqual(today);
    expect(opened.engine.calls).not.toContain("stopServer");
    expect(await opened.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" }); // no backup waits for it
  });

  it("can be a dry run that builds nothing", async () => {
    const opened = await openWithBackup();
    expect(await stage(opened, { dryRun: true })).toMatchObject({ id: nightly.backupId });
    expect(await quickDisk.names(opened.backups)).not.toContain(".restoring");
  });

  it("is refused for the piece of another server", async () => {
    const opened = await openWithBackup();
    expect(await rejectionOf(stage(opened, { pieceServerId: "db2" }))).toMatchObject({
      reason: "topology",
      message: 'the piece on "db1" is of server "db1", not "db2"',
    });
  });

  it("is refused for a piece of another version, unless that is ignored", async () => {
    const opened = await openWithBackup();
    const newer = Object.assign(new FakeEngine(), { kind: "grpc" });
    const agent = await openTestAgent({ dataDir: opened.dataDir, engine: newer });
    expect(await rejectionOf(stage(agent))).toMatchObject({
      reason: "version",
      message: 'server "db1" is grpc 1.0 (globs), the piece is of fake 1.0 (globs)',
    });
    await stage(agent, { ignoreVersion: true });
  });

  it("is refused for a damaged piece", async () => {
    const opened = await openWithBackup();
    await writeFiles(opened.piece, { "data/CURRENT": "damaged" });
    expect(await reasonOf(stage(opened))).toBe("corrupt");
    expect(await quickDisk.names(opened.backups)).not.toContain(".restoring");
  });

  it("is refused where there is no such backup", async () => {
    expect(await reasonOf(stage(await openTestAgent()))).toBe("not-found");
  });

  it.each([false, true])(
    "is refused where today's data cannot be moved, before a server is stopped (dry run: %s)",
    async (dryRun) => {
      const opened = await openWithBackup();
      const name = Buffer.concat([Buffer.from(`${opened.dataDir}/caf`), Buffer.from([0xe9])]);
      await writeFile(name, "");
      expect(await rejectionOf(stage(opened, { dryRun }))).toMatchObject({
        reason: "invalid",
        message: `a name in directory "${opened.dataDir}" is not UTF-8: "caf\\xe9"`,
      });
      await rm(name);
      await stage(opened);
      await writeFile(name, "");
      expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("invalid");
      expect(opened.engine.calls).not.toContain("stopServer");
    },
  );

  it.each([
    ["sub", false, "invalid"],
    ["sub/000012.sst", true, "invalid"],
    ["cache", false, undefined],
    ["backups/.failsafe", false, undefined],
  ])(
    "where %s is a mount point (dry run: %s) ends as %s: a restore moves all but what is excluded",
    async (mounted, dryRun, reason) => {
      const opened = await openWithBackup();
      const disk: Disk = { ...quickDisk, mountPoints: async () => [mounted] };
      const { agent } = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine, disk });
      expect(await reasonOf(stage({ ...opened, agent }, { dryRun }))).toBe(reason);
      expect(opened.engine.calls).not.toContain("stopServer");
    },
  );

  it("is refused where there is no space", async () => {
    const { dataDir } = await openWithBackup();
    for (const space of [
      { freeBytes: 1_000_000, freeInodes: undefined },
      { freeBytes: 1e12, freeInodes: 10 },
    ]) {
      const opened = await openTestAgent({ dataDir, disk: { ...quickDisk, space: async () => space } });
      expect(await rejectionOf(stage(opened))).toMatchObject({
        reason: "no-space",
        message: expect.stringMatching(/^no space to restore on server "db1": needs 16\.0 MiB and 68 inodes, has /),
      });
    }
  });

  it("stops soon when its caller goes away, and leaves nothing that could be flipped", async () => {
    const opened = await openWithBackup();
    const caller = new AbortController();
    const leave: Hook = ({ name }) => {
      if (name === "clone") caller.abort(new StillpointError("cancelled", "the caller went away"));
    };
    const agent = await openTestAgent({ dataDir: opened.dataDir, disk: hookedDisk(leave) });
    expect(await reasonOf(stage(agent, {}, caller.signal))).toBe("cancelled");
    expect(await reasonOf(agent.agent.flipRestore(restoreRun, forever))).toBe("not-found");
  });

  it("again starts over", async () => {
    const opened = await openWithBackup();
    await stage(opened);
    await writeFiles(join(opened.backups, ".restoring/data"), { CURRENT: "damaged", extra: "" });
    await flip(opened);
    expect(await readTree(opened.dataDir)).toEqual(restored);
  });

  it("that comes after its run's flip is refused: the server may work on that data already", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    await writeFiles(opened.dataDir, { CURRENT: "written since" });
    expect(await reasonOf(stage(opened))).toBe("stale-round");
    expect(opened.engine.database.state).toBe("open");
    expect(await readTree(opened.dataDir)).toMatchObject({ CURRENT: "written since" });
  });

  it("of a run that was taken over is refused, also by an agent that was started anew", async () => {
    const opened = await openWithBackup();
    await stage(opened, { token: 21 });
    const again = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    await stage(again, { token: 22 });
    expect(await reasonOf(stage(again, { token: 21 }))).toBe("stale-round");
    await again.agent.flipRestore({ ...restoreRun, token: 22 }, forever);
    const anew = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(await reasonOf(stage(anew, { token: 21 }))).toBe("stale-round");
    expect(await readTree(opened.dataDir)).toEqual(restored);
  });

  it("of another run takes back first what was flipped and not finished", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    await stage(opened, { token: 21 });
    expect(await readTree(opened.dataDir)).toEqual(today);
    await opened.agent.flipRestore({ ...restoreRun, token: 21 }, forever);
    expect(await readTree(opened.dataDir)).toEqual(restored);
  });
});

describe("a restore whose server works, but that nobody finished", () => {
  async function openInUse() {
    const opened = await openWithBackup();
    await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    await writeFiles(opened.dataDir, { CURRENT: "written since" });
    return opened;
  }

  it("stands in nobody's way", async () => {
    const opened = await openInUse();
    expect(await opened.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" });
  });

  it("is not undone by a later run: what was written since stays", async () => {
    const opened = await openInUse();
    expect(await opened.agent.undoRestore({ ...restoreRun, token: 21 }, forever)).toBe(false);
    expect(await readTree(opened.dataDir)).toMatchObject({ CURRENT: "written since" });
  });

  it("is replaced by a later restore, which keeps what was written since in .failsafe", async () => {
    const opened = await openInUse();
    await stage(opened, { token: 21 });
    expect(opened.engine.database.state).toBe("open");
    const { failsafeDir } = await opened.agent.flipRestore({ ...restoreRun, token: 21 }, forever);
    expect(await readTree(failsafeDir)).toMatchObject({ CURRENT: "written since" });
    expect(await opened.agent.undoRestore({ ...restoreRun, token: 21 }, forever)).toBe(true);
    expect(await readTree(opened.dataDir)).toMatchObject({ CURRENT: "written since" });
  });

  it("can still be undone by its own run, for a server elsewhere may not come up", async () => {
    const opened = await openInUse();
    const again = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(await again.agent.undoRestore(restoreRun, forever)).toBe(true);
    expect(await readTree(opened.dataDir)).toEqual(today);
  });
});

describe("flipping", () => {
  it("puts the backup's data in place, keeps the old, and leaves what is excluded where it is", async () => {
    const opened = await openWithBackup();
    const failsafeDir = await flip(opened);
    expect(await readTree(opened.dataDir)).toEqual(restored);
    const { LOCK: _, "cache/page": __, cache: ___, ...saved } = today;
    expect(await readTree(failsafeDir)).toEqual(saved);
    expect(failsafeDir).toBe(join(opened.backups, ".failsafe", `${nightly.backupId}-20`));
  });

  it("stops the server first, and only startRestored starts it", async () => {
    const clock = new VirtualClock();
    const engine = new FakeEngine({ clock });
    const { dataDir } = await openWithBackup();
    const opened = await openTestAgent({ dataDir, engine, clock });
    await flip(opened);
    expect(engine.database.state).toBe("closed");
    await clock.advance(1_500);
    expect(await opened.agent.startRestored(restoreRun, false, forever)).toBe(1_500);
    expect(engine.database.state).toBe("open");
    expect(await opened.agent.startRestored(restoreRun, false, forever)).toBe(0);
  });

  it("again gives the same answer and changes nothing", async () => {
    const opened = await openWithBackup();
    const failsafeDir = await flip(opened);
    await writeFiles(opened.dataDir, { new: "by the restored server" });
    expect(await opened.agent.flipRestore(restoreRun, forever)).toEqual({ failsafeDir });
    expect(await readTree(opened.dataDir)).toEqual({ ...restored, new: "by the restored server" });
  });

  it("is refused where nothing is staged, or something else", async () => {
    const opened = await openWithBackup();
    expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("not-found");
    await stage(opened);
    const other = { backupId: "2026-01-01T00.00.00.000Z_other", token: 21 };
    expect(await reasonOf(opened.agent.flipRestore(other, forever))).toBe("not-found");
    expect(await readTree(opened.dataDir)).toEqual(today);
  });

  it("is refused by a server that cannot be stopped, and nothing of it is left", async () => {
    const opened = await openWithBackup();
    const cannot = new StillpointError("invalid", 'the engine\'s setting "stopServer" is missing');
    Object.assign(opened.engine.misbehaves, { stopServer: cannot, startServer: cannot });
    await stage(opened);
    expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("invalid");
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(false);
    await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(await readTree(opened.dataDir)).toEqual(today);
  });

  it("brings back what the backup has although it is excluded today", async () => {
    const withLock = globLayout({ immutable: ["**/*.sst"], appendOnly: ["**/*.log"] });
    const { dataDir } = await openTestAgent();
    await commitPiece(await openTestAgent({ dataDir, layout: withLock }));
    await writeFiles(dataDir, { LOCK: "of today", "cache/page": "of today" });
    const opened = await openTestAgent({ dataDir });
    await flip(opened);
    expect(await readTree(dataDir)).toMatchObject({ LOCK: "", "cache/page": "of this machine" });
    await opened.agent.undoRestore(restoreRun, forever);
    expect(await readTree(dataDir)).toMatchObject({ LOCK: "of today", "cache/page": "of today" });
  });

  it("restores empty directories, symbolic links and modes", async () => {
    const opened = await openWithBackup({
      change: async (dataDir) => {
        await mkdir(join(dataDir, "empty"));
        await symlink("CURRENT", join(dataDir, "link"));
        for (const path of ["CURRENT", "000004.sst", "sub"]) await chmod(join(dataDir, path), 0o750);
      },
    });
    await flip(opened);
    expect(await readTree(opened.dataDir)).toEqual({ ...restored, empty: "/", link: "-> CURRENT" });
    for (const path of ["CURRENT", "000004.sst", "sub"]) expect(await modeOf(opened.dataDir, path)).toBe(0o750);
  });
});

describe("the piece", () => {
  it("stays as it is whatever the restored server writes, and can be restored again", async () => {
    const opened = await openWithBackup();
    const before = await readTree(opened.piece);
    await flip(opened);
    await append(opened.dataDir, "000005.log", "more");
    await truncate(join(opened.dataDir, "CURRENT"), 0);
    await append(opened.dataDir, "sub/OPTIONS", "more");
    await rm(join(opened.dataDir, "000004.sst"));
    expect(await readTree(opened.piece)).toEqual(before);
    await opened.agent.startRestored(restoreRun, false, forever);
    await opened.agent.finishRestore(restoreRun);

    const again = { ...restoreRun, token: 21 };
    await stage(opened, again);
    await opened.agent.flipRestore(again, forever);
    expect(await readTree(opened.dataDir)).toEqual(restored);
    expect(await readTree(opened.piece)).toEqual(before);
  });

  it("shares with the restored data at most what the engine never rewrites", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    for (const path of ["000005.log", "CURRENT", "sub/OPTIONS"]) {
      expect(await inodeOf(opened.dataDir, path)).not.toBe(await inodeOf(opened.piece, `data/${path}`));
      expect((await stat(join(opened.dataDir, path))).nlink).toBe(1);
    }
  });

  it("costs no second copy of what is never rewritten", async () => {
    const { dataDir } = await openWithBackup();
    const copied: string[] = [];
    const note: Hook = ({ name, to = "" }) => {
      if (name === "copy") copied.push(to.slice(to.indexOf(".restoring")));
    };
    const withoutReflinks: Disk = { ...hookedDisk(note), clone: async () => false };
    await stage(await openTestAgent({ dataDir, disk: withoutReflinks }));
    expect(copied.sort()).toEqual([
      ".restoring/data/000005.log",
      ".restoring/data/CURRENT",
      ".restoring/data/sub/OPTIONS",
    ]);
  });
});

describe("a server that cannot use its own data", () => {
  it("is no reason for its agent not to serve: the restore that helps goes through it", async () => {
    const opened = await openWithBackup();
    const broken = new StillpointError("corrupt", "the server cannot use its files");
    await opened.engine.stopServer(forever);
    await flip(opened);
    opened.engine.misbehaves.startServer = broken;
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(true);
    expect(await reasonOf(opened.agent.startRestored(restoreRun, true, forever))).toBe("corrupt");
    const anew = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(anew.events).toContainEqual({ step: "start-failed", problem: broken.message });
    delete opened.engine.misbehaves.startServer;
    const newer = { ...restoreRun, token: 21 };
    await stage(anew, newer);
    await anew.agent.flipRestore(newer, forever);
    await anew.agent.startRestored(newer, false, forever);
    expect(await readTree(opened.dataDir)).toEqual(restored);
  });
});

describe("a token that is given a second time, by an agency that was set up anew", () => {
  it("does not mix what two restores have saved", async () => {
    const opened = await openWithBackup();
    const first = await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    await opened.agent.finishRestore(restoreRun);
    await writeFiles(opened.dataDir, { CURRENT: "written since" });
    const since = await readTree(opened.dataDir);
    const anew = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(await flip(anew)).toBe(`${first}-2`);
    expect(await readTree(first)).toMatchObject({ CURRENT: "000011.log\n" });
    await anew.agent.undoRestore(restoreRun, forever);
    expect(await readTree(opened.dataDir)).toEqual(since);
  });

  it("is refused for a smaller one than a pending restore's, and the way out is said", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    const anew = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    const error = await rejectionOf(stage(anew, { token: 2 }));
    expect(error).toMatchObject({ reason: "stale-round", hint: expect.stringContaining("remove backups/.restoring") });
    await rm(join(opened.backups, ".restoring"), { recursive: true });
    const mended = await openTestAgent({ dataDir: opened.dataDir, engine: opened.engine });
    expect(opened.engine.database.state).toBe("open");
    await stage(mended, { token: 2 });
  });
});

describe("undoing", () => {
  it("brings the old data back; the server stays stopped until it is started", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    await writeFiles(opened.dataDir, { new: "by the restored server", LOCK: "again" });
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(true);
    expect(await readTree(opened.dataDir)).toEqual({ ...today, LOCK: "again" });
    expect(opened.engine.database.state).toBe("closed");
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(true);
    await opened.agent.startRestored(restoreRun, true, forever);
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(false);
    expect(await quickDisk.names(join(opened.backups, ".failsafe"))).toEqual([]);
  });

  it("puts the old data back also after an undo to which the engine said that it cannot stop its server", async () => {
    const opened = await openWithBackup();
    await flip(opened);
    opened.engine.misbehaves.stopServer = new StillpointError(
      "invalid",
      'the engine\'s setting "stopServer" is missing',
    );
    expect(await reasonOf(opened.agent.undoRestore(restoreRun, forever))).toBe("invalid");
    delete opened.engine.misbehaves.stopServer;
    expect(await opened.agent.undoRestore({ ...restoreRun, token: 21 }, forever)).toBe(true);
    expect(await readTree(opened.dataDir)).toEqual(today);
  });

  it("at the moment of a Describe is no damage", async () => {
    const opened = await openWithBackup();
    let atRead = async () => {};
    const undoAtRead: Hook = async ({ name, path }) => {
      if (name === "read" && path.endsWith("state.json")) await atRead();
    };
    const hooked = await openTestAgent({ dataDir: opened.dataDir, disk: hookedDisk(undoAtRead) });
    await stage(hooked);
    atRead = async () => {
      atRead = async () => {};
      await hooked.agent.undoRestore(restoreRun, forever);
    };
    expect(await hooked.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" });
  });

  it("takes away what is staged, and does nothing where there is nothing", async () => {
    const opened = await openWithBackup();
    expect(await opened.agent.undoRestore({ ...restoreRun, token: 19 }, forever)).toBe(false);
    await stage(opened);
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(false);
    expect(await opened.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" });
    expect(opened.engine.calls).not.toContain("stopServer");
  });

  it("is the end of its run: a staging that comes late, or goes on, leaves nothing in the way of later runs", async () => {
    const opened = await openWithBackup();
    await stage(opened);
    await opened.agent.undoRestore(restoreRun, forever);
    expect(await reasonOf(stage(opened))).toBe("stale-round");
    expect(await opened.agent.describe(false, forever)).toMatchObject({ pendingRestore: "" });
    await stage(opened, { token: 21 });
  });

  it("says that the server is stopped also when it never came to a flip", async () => {
    const opened = await openWithBackup();
    await stage(opened);
    opened.engine.misbehaves.stopServer = new StillpointError("unreachable", "no answer");
    expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("unreachable");
    delete opened.engine.misbehaves.stopServer;
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(true);
  });

  it("waits for the flip that still runs", async () => {
    const opened = await openWithBackup();
    await stage(opened);
    const caller = new AbortController();
    opened.engine.misbehaves.stopServer = "hang";
    const flipping = reasonOf(opened.agent.flipRestore(restoreRun, caller.signal));
    let isUndone = false;
    const undoing = opened.agent.undoRestore(restoreRun, forever).then((isStopped) => {
      isUndone = true;
      return isStopped;
    });
    for (let calls = 0; calls < 20; calls++) await opened.agent.describe(true, forever); // enough to undo it, if it could
    expect(isUndone).toBe(false);
    caller.abort(new StillpointError("cancelled", "the caller went away"));
    expect(await flipping).toBe("cancelled");
    expect(await undoing).toBe(true);
    expect(await readTree(opened.dataDir)).toEqual(today);
  });

  it("that fails half-way leaves nothing that could be flipped", async () => {
    const { dataDir } = await openWithBackup();
    const failHalfWay: Hook = async ({ name, path }) => {
      if (name !== "remove" || !path.endsWith(".restoring") || (await quickDisk.names(path)).length === 0) return;
      await removeHalf(path);
      throw diskError("EIO");
    };
    const opened = await openTestAgent({ dataDir, disk: hookedDisk(failHalfWay) });
    await stage(opened);
    await expect(opened.agent.undoRestore(restoreRun, forever)).rejects.toThrow("EIO");
    expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("not-found");
    expect(await readTree(dataDir)).toEqual(today);
  });

  it("is the only way out of a flip that failed half-way: no server starts on a mixture", async () => {
    const { dataDir } = await openWithBackup();
    let renames = 0;
    const failOnce: Hook = ({ name, path }) => {
      if (name === "rename" && path.startsWith(join(dataDir, "backups/.restoring/data")) && ++renames === 2) {
        throw diskError("EIO");
      }
    };
    const opened = await openTestAgent({ dataDir, disk: hookedDisk(failOnce) });
    await stage(opened);
    await expect(opened.agent.flipRestore(restoreRun, forever)).rejects.toThrow("EIO");
    expect(await reasonOf(opened.agent.startRestored(restoreRun, false, forever))).toBe("corrupt");
    expect(await reasonOf(opened.agent.flipRestore(restoreRun, forever))).toBe("not-found");
    expect(await reasonOf(opened.agent.finishRestore(restoreRun))).toBe("not-found");
    await undoAndStart(opened);
    expect(await readTree(dataDir)).toEqual(today);
  });
});

describe("finishing", () => {
  it("keeps the old data in .failsafe; undoing does nothing any more", async () => {
    const opened = await openWithBackup();
    const failsafeDir = await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    await opened.agent.finishRestore(restoreRun);
    await opened.agent.finishRestore(restoreRun);
    expect(await opened.agent.undoRestore(restoreRun, forever)).toBe(false);
    expect(await readTree(opened.dataDir)).toEqual(restored);
    expect(await readTree(failsafeDir)).toMatchObject({ CURRENT: "000011.log\n" });
  });

  it("is refused before the flip", async () => {
    const opened = await openWithBackup();
    await stage(opened);
    expect(await reasonOf(opened.agent.finishRestore(restoreRun))).toBe("not-found");
  });
});

describe("a crash", () => {
  type Step = (opened: Opened) => Promise<unknown>;

  /** The files, and who looks at them. */
  interface Seen {
    backup: Record<string, string>;
    now: Record<string, string>;
    change: (dataDir: string) => Promise<void>;
    see: (disk: Disk) => Disk;
  }

  /** Few, for there is a run for each operation. */
  const then = { "1.sst": "then", CURRENT: "then", LOCK: "" };
  const today = { "2.sst": "today", CURRENT: "today", LOCK: "of today" };
  const restored = { "1.sst": "then", CURRENT: "then", LOCK: "of today" };

  /** The files and the server as a new agent finds them, for each operation at which the old one may have died. */
  async function* crashEverywhere(crash: (typeof crashes)[number], before: Step, step: Step, as = asRoot) {
    for (let n = 1, hasCrashed = true; hasCrashed; n++) {
      const { backup: then, now, change } = as;
      const { dataDir, engine, piece, ...rest } = await openWithBackup({ then, now, change });
      await change(dataDir);
      await before({ dataDir, engine, ...rest });
      const pieceBefore = await readTree(piece);
      const faulty = diskThatCrashes(n, crash);
      const dying = await openTestAgent({ dataDir, engine, disk: as.see(faulty.disk), isOpen: false });
      await step(dying).catch(() => {});
      hasCrashed = faulty.hasCrashed();
      const opened = await openTestAgent({ dataDir, engine, disk: as.see(quickDisk) });
      const { pendingRestore } = await opened.agent.describe(false, forever);
      const isFinished = !(await quickDisk.names(opened.backups)).includes(".restoring");
      yield { n, opened, pendingRestore, isFinished, pieceBefore, piece };
    }
  }

  const asRoot: Seen = { backup: then, now: today, change: async () => {}, see: (disk) => disk };
  const locked: Seen = {
    backup: { "locked/1.sst": "then", CURRENT: "then" },
    now: { "locked/2.sst": "today", CURRENT: "today" },
    change: (dataDir) => chmod(join(dataDir, "locked"), 0o500),
    see: asPlainUser,
  };

  it.each(crashes)(
    "%s any operation leaves a directory its mode, though it cannot be moved with that",
    async (crash) => {
      for await (const { n, opened, isFinished } of crashEverywhere(crash, async () => {}, restoreAll, locked)) {
        const where = `operation ${n}`;
        expect(await modeOf(opened.dataDir, "locked"), where).toBe(0o500);
        const isNew = (await readTree(opened.dataDir)).CURRENT === "then";
        await undoAndStart(opened);
        const stays = isFinished && isNew ? locked.backup : locked.now;
        expect(await readTree(opened.dataDir), where).toEqual({ ...stays, locked: "/" });
        expect(await modeOf(opened.dataDir, "locked"), where).toBe(0o500);
      }
    },
  );

  /** What must hold of a server after whatever crash, when its agent is there again. */
  async function checkFound({ opened, pendingRestore, piece, pieceBefore }: Found, where: string) {
    const tree = await readTree(opened.dataDir);
    const isNew = JSON.stringify(sorted(tree)) === JSON.stringify(sorted(restored));
    if (!isNew) expect(tree, where).toEqual(today);
    if (pendingRestore !== "") expect(isNew, where).toBe(true);
    else expect(opened.engine.database.state, where).toBe("open");
    expect(await readTree(piece), where).toEqual(pieceBefore);
    return isNew;
  }

  type Found = Awaited<ReturnType<ReturnType<typeof crashEverywhere>["next"]>>["value"] & object;

  const restoreAll: Step = async (opened) => {
    await flip(opened);
    await opened.agent.startRestored(restoreRun, false, forever);
    await opened.agent.finishRestore(restoreRun);
  };

  it.each(crashes)("%s any operation of a restore leaves old data or new, and it can be undone", async (crash) => {
    const seen = new Set<boolean>();
    for await (const found of crashEverywhere(crash, async () => {}, restoreAll)) {
      const where = `operation ${found.n}`;
      const wasNew = await checkFound(found, where);
      seen.add(wasNew);
      await undoAndStart(found.opened);
      const stays = found.isFinished && wasNew;
      expect(await readTree(found.opened.dataDir), where).toEqual(stays ? restored : today);
      expect(found.opened.engine.database.state, where).toBe("open");
    }
    expect(seen.size).toBe(2);
  });

  it("in any operation of a restore does not stand in the way of the next one", async () => {
    for await (const found of crashEverywhere("half-way", async () => {}, restoreAll)) {
      const again = { ...restoreRun, token: 21 };
      await stage(found.opened, again);
      await found.opened.agent.flipRestore(again, forever);
      await found.opened.agent.startRestored(again, false, forever);
      await found.opened.agent.finishRestore(again);
      expect(await readTree(found.opened.dataDir), `operation ${found.n}`).toEqual(restored);
      expect(await readTree(found.piece), `operation ${found.n}`).toEqual(found.pieceBefore);
    }
  });

  it.each(crashes)(
    "%s any operation of an undoing leaves old data or new, and it is undone in the end",
    async (crash) => {
      for await (const found of crashEverywhere(crash, flip, undoAndStart)) {
        await checkFound(found, `operation ${found.n}`);
        await undoAndStart(found.opened);
        expect(await readTree(found.opened.dataDir), `operation ${found.n}`).toEqual(today);
        expect(found.opened.engine.database.state, `operation ${found.n}`).toBe("open");
      }
    },
  );

  it.each(crashes)(
    "%s any operation of the next start, in the midst of a flip, is made good by the one after",
    async (crash) => {
      const dieInTheMidst: Step = async ({ dataDir, engine }) => {
        const { dataDir: _, ...dying } = await openTestAgent({ dataDir, engine, disk: diskThatDiesInAFlip(dataDir) });
        await flip({ dataDir, ...dying }).catch(() => {});
      };
      for await (const found of crashEverywhere(crash, dieInTheMidst, ({ agent }) => agent.open(forever))) {
        expect(await checkFound(found, `operation ${found.n}`)).toBe(false);
      }
    },
  );
});

describe("the next start after a crash in a flip", () => {
  it("stops a server that somebody has started meanwhile, before it moves its files", async () => {
    const { dataDir, engine } = await openWithBackup();
    const dying = await openTestAgent({ dataDir, engine, disk: diskThatDiesInAFlip(dataDir) });
    await expect(flip(dying)).rejects.toThrow("EIO");
    engine.database.open();
    let stateAtMove = "";
    const note: Hook = ({ name }) => {
      if (name === "rename") stateAtMove ||= engine.database.state;
    };
    await openTestAgent({ dataDir, engine, disk: hookedDisk(note) });
    expect(stateAtMove).toBe("closed");
    expect(await readTree(dataDir)).toEqual(today);
  });
});

/** With some of the backup's entries in place, and some not. */
function diskThatDiesInAFlip(dataDir: string): Disk {
  let renames = 0;
  return hookedDisk(({ name, path }) => {
    if (name === "rename" && path.startsWith(join(dataDir, "backups/.restoring/data"))) renames++;
    if (renames > 1) throw diskError("EIO");
  });
}

function sorted(tree: Record<string, string>): [string, string][] {
  return Object.entries(tree).sort();
}
