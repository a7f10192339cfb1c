// The fake engine keeps the contract, and can be told not to.
import { describe, expect, test } from "vitest";
import { StillpointError } from "../../proto/errors.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { FilesInMemory, TinyDatabase } from "../support/tiny-database.ts";
import { type EngineUnderTest, engineContract } from "./engine.ts";

const abilities = {
  version: /^1\.0$/,
  hasOpenTransactions: true,
  filesLagBehind: true,
  listsOpenWrites: true,
  flushes: true,
  abortsTransactions: true,
  namesOtherHolders: true,
  noticesCrashes: true,
  measuresBlockedWrites: true,
  hasServerProcess: false,
};

engineContract("the fake", abilities, async (): Promise<EngineUnderTest> => {
  const files = new FilesInMemory();
  const database = new TinyDatabase(files);
  const engine = new FakeEngine({ database });
  return {
    engine,
    another: () => new FakeEngine({ database }),
    write: () => {
      const blocked = Promise.withResolvers<void>();
      return { blocked: blocked.promise, done: database.write(blocked.resolve) };
    },
    begin: (owner, description) => database.begin(owner, description),
    end: async (id) => database.end(id),
    countWrites: async () => database.countWrites(),
    writesInFiles: () => files.read(),
    replaceFiles: (content) => {
      files.content = content;
    },
    crash: async () => database.crash(),
    restart: async () => database.open(),
    close: () => engine.close(),
  };
});

const noSignal = new AbortController().signal;
const request = { lockId: "lock", waitMs: 100, holdMs: 60_000 };

describe("the fake, told to misbehave", () => {
  test("lies about stopping: writes go on while it says that they are held", async () => {
    const engine = new FakeEngine();
    engine.misbehaves.stopWrites = "lie";
    const stopped = await engine.stopWrites(request, noSignal);
    await engine.database.write();
    expect(engine.database.countWrites()).toBe(1);
    expect(stopped.lost.aborted).toBe(false);
  });

  test("lies about a broken hold", async () => {
    const engine = new FakeEngine();
    engine.misbehaves.resume = "lie";
    const stopped = await engine.stopWrites(request, noSignal);
    engine.loseHold();
    expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
    await engine.database.write();
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
  });

  test("hangs until the signal aborts or it is closed", async () => {
    const engine = new FakeEngine();
    engine.misbehaves.inspect = "hang";
    await expect(engine.inspect(AbortSignal.timeout(10))).rejects.toMatchObject({ reason: "cancelled" });
    const inspecting = engine.inspect(noSignal);
    await engine.close();
    await expect(inspecting).rejects.toMatchObject({ message: "the engine was closed" });
  });

  test("throws what it is told to, until it behaves again", async () => {
    const engine = new FakeEngine();
    engine.misbehaves.flush = new StillpointError("no-space", "the disk is full");
    await expect(engine.flush(noSignal)).rejects.toMatchObject({ reason: "no-space" });
    delete engine.misbehaves.flush;
    await engine.flush(noSignal);
    expect(engine.calls).toEqual(["flush", "flush"]);
  });

  test("fails to resume: writes stay stopped until the hold ends, on the clock that it was given", async () => {
    const hold = Promise.withResolvers<boolean>();
    const clock = { now: () => 0, date: () => new Date(0), sleep: () => hold.promise };
    const engine = new FakeEngine({ clock });
    engine.misbehaves.resume = new Error("no");
    const stopped = await engine.stopWrites(request, noSignal);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    const write = engine.database.write();
    expect(engine.database.countWrites()).toBe(0);
    hold.resolve(true);
    await write;
  });
});
