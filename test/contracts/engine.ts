// The contract of the engine port (agent/engines/engine.ts): every engine runs this suite, with a server that it stops.
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Engine, StoppedWrites, StopRequest } from "../../agent/engines/engine.ts";
import { StillpointError } from "../../proto/errors.ts";
import { aborted } from "../support/tiny-database.ts";

/** What an engine can do. Where it cannot, the contract says what it does instead. */
export interface Abilities {
  /** What inspect must say: the version of the server under test. */
  version: RegExp;
  /** A write transaction may stay open, is in the way of a stop, and can be named. */
  hasOpenTransactions: boolean;
  /** What is acknowledged comes into the files with a flush or a stop; else it is there at once. */
  filesLagBehind: boolean;
  /** Inspect lists the open write transactions. */
  listsOpenWrites: boolean;
  flushes: boolean;
  abortsTransactions: boolean;
  /** A second agent's stop is refused with held-by-another; else only refused. */
  namesOtherHolders: boolean;
  /** `lost` aborts when the server dies; else when resume finds out. */
  noticesCrashes: boolean;
  measuresBlockedWrites: boolean;
  /** The server is a process of its own: it can hang, and the agent can be killed while the server lives. */
  hasServerProcess: boolean;
}

/** A write on its way to the server. */
export interface Write {
  /** Resolves when the server makes it wait. */
  blocked: Promise<unknown>;
  /** Resolves when it is acknowledged. */
  done: Promise<unknown>;
}

/** A process that stops writes through the engine. */
export interface AgentProcess {
  held: Promise<unknown>;
  /** Kills it, or its whole process group, with SIGKILL. */
  kill(what: "process" | "group"): Promise<unknown>;
  /** Stops it with SIGSTOP. */
  hang(): void;
}

/** An engine and the server that it is for, with what a test does to them. */
export interface EngineUnderTest {
  engine: Engine;
  /** The engine of another agent for the same server. The test closes it. */
  another(): Engine;

  write(): Write;
  /** Begins a write transaction; answers its id. */
  begin(owner: string, description: string): Promise<string>;
  end(id: string): Promise<unknown>;
  /** A read. */
  countWrites(): Promise<number>;
  /** How many writes a copy of the files would contain that is made now. */
  writesInFiles(): number | Promise<number>;
  /** Exchanges the files of a stopped server. */
  replaceFiles(writes: number | "garbage"): void | Promise<void>;

  crash(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;

  /** How the server shows what `begin` was told; as it was told, if this is left out. */
  shown?(owner: string, description: string): { owner: string; description: string };
  /** Resolves when the server has a stop that waits; needed where writes go on meanwhile. */
  stopWaits?(): Promise<void>;
  /** Stops the server's process, and lets it go on. */
  hang?(): void | Promise<void>;
  wake?(): void | Promise<void>;
  startAgent?(request: StopRequest): AgentProcess;
}

export function engineContract(name: string, abilities: Abilities, makeServer: () => Promise<EngineUnderTest>): void {
  describe(`the engine port, kept by ${name}`, () => {
    let server: EngineUnderTest;

    beforeEach(async () => {
      server = await makeServer();
    });
    afterEach(() => server.close());

    inspects(() => server, abilities);
    stopsWrites(() => server, abilities);
    holdsWrites(() => server, abilities);
    resumesWrites(() => server, abilities);
    restartsServers(() => server);
    if (abilities.hasOpenTransactions) waitsForTransactions(() => server, abilities);
    if (abilities.hasServerProcess) survivesProcesses(() => server);
    if (abilities.hasOpenTransactions && abilities.hasServerProcess) survivesProcessesThatWait(() => server);
  });
}

type Server = () => EngineUnderTest;

const noSignal = new AbortController().signal;

function inspects(server: Server, abilities: Abilities): void {
  test("inspect says that a server that works is healthy, and its version", async () => {
    const state = await server().engine.inspect(noSignal);
    expect(state).toMatchObject({ healthy: true, problem: "", version: expect.stringMatching(abilities.version) });
  });

  test("inspect says what is wrong with a server that is down, and does not throw", async () => {
    await server().crash();
    const state = await server().engine.inspect(noSignal);
    expect(state.healthy).toBe(false);
    expect(state.problem).not.toBe("");
  });

  test("flush puts into the files what was acknowledged, or does nothing, and writes go on", async () => {
    await server().write().done;
    expect(await server().writesInFiles()).toBe(abilities.filesLagBehind ? 0 : 1);
    await server().engine.flush(noSignal);
    expect(await server().writesInFiles()).toBe(abilities.filesLagBehind && !abilities.flushes ? 0 : 1);
    await server().write().done;
  });
}

function stopsWrites(server: Server, abilities: Abilities): void {
  test("no write ends between stop and resume, and reads go on", async () => {
    const before = await server().countWrites();
    const stopped = await stop(server());
    const write = await blockedWrite(server());
    expect(await server().countWrites()).toBe(before);
    await stopped.resume();
    await write.done;
    expect(await server().countWrites()).toBe(before + 1);
  });

  test("when writes are stopped, all that was acknowledged is in the files", async () => {
    const writers = [1, 2, 3].map(() => writeUntilBlocked(server()));
    const stopped = await stop(server());
    const blocked = await Promise.all(writers);
    const acknowledged = blocked.reduce((sum, { writes }) => sum + writes, 0);
    expect(await server().writesInFiles()).toBe(acknowledged);
    await stopped.resume();
    await Promise.all(blocked.map(({ write }) => write.done));
  });

  test("the signal does not end a stop that was answered", async () => {
    const caller = new AbortController();
    const stopped = await server().engine.stopWrites(ask(), caller.signal);
    caller.abort();
    const other = server().another();
    await refusal(other.stopWrites(ask({ waitMs: 200 }), noSignal));
    await other.close();
    const write = await blockedWrite(server());
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
    await write.done;
  });

  test("a stop whose signal has aborted already stops nothing", async () => {
    const error = await refusal(server().engine.stopWrites(ask(), AbortSignal.abort()));
    expect(error.reason).toBe("cancelled");
    await server().write().done;
  });

  test("a second stop is held-by-another, and the first stays held", async () => {
    const first = await stop(server());
    expect(await refusal(stop(server()))).toMatchObject({ reason: "held-by-another" });
    const write = await blockedWrite(server());
    expect(await first.resume()).toMatchObject({ unbroken: true });
    await write.done;
  });

  test("another agent's stop is refused, and the first stays held", async () => {
    const first = await stop(server());
    const other = server().another();
    const { reason } = await refusal(other.stopWrites(ask({ waitMs: 200 }), noSignal));
    expect(reason).toBe(abilities.namesOtherHolders ? "held-by-another" : "unreachable");
    await other.close();
    const write = await blockedWrite(server());
    expect(await first.resume()).toMatchObject({ unbroken: true });
    await write.done;
  });

  test("a stop of a server that is down is unreachable", async () => {
    await server().crash();
    expect(await refusal(stop(server()))).toMatchObject({ reason: "unreachable" });
  });

  test("after a crash and a restart writes go on and can be stopped again", async () => {
    const before = await stop(server());
    await server().crash();
    await before.resume();
    await server().restart();
    await server().write().done;
    await eventually(
      () => server().engine.inspect(noSignal),
      (state) => state.healthy,
    );
    const stopped = await stop(server());
    const write = await blockedWrite(server());
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
    await write.done;
  });
}

function holdsWrites(server: Server, abilities: Abilities): void {
  test("a hold ends by itself after holdMs, not before, and is lost", async () => {
    const askedAt = performance.now();
    const writing = writeUntilBlocked(server());
    const stopped = await stop(server(), { holdMs: 300 });
    const { write } = await writing;
    await write.done;
    expect(performance.now() - askedAt).toBeGreaterThanOrEqual(299);
    await aborted(stopped.lost);
    expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
  });

  test("a hold is lost when the server dies, at the latest when resume finds out", async () => {
    const stopped = await stop(server());
    await server().crash();
    if (abilities.noticesCrashes) await aborted(stopped.lost);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason).toMatchObject({ reason: "hold-lost" });
  });

  test("closing the engine lets writes go", async () => {
    await stop(server());
    const write = await blockedWrite(server());
    await server().engine.close();
    await write.done;
    await server().engine.close();
  });
}

function resumesWrites(server: Server, abilities: Abilities): void {
  test("resume is unbroken when nothing happened, and repeatable with the same answer", async () => {
    const stopped = await stop(server());
    const first = await stopped.resume();
    expect(first.unbroken).toBe(true);
    expect(stopped.lost.aborted).toBe(false);
    expect(await stopped.resume()).toEqual(first);
    await server().write().done;
  });

  test("resume tells the longest time that a write was blocked, or 0", async () => {
    const stopped = await stop(server());
    const write = await blockedWrite(server());
    const { longestBlockedWriteMs } = await stopped.resume();
    if (abilities.measuresBlockedWrites) expect(longestBlockedWriteMs).toBeGreaterThan(0);
    else expect(longestBlockedWriteMs).toBe(0);
    await write.done;
  });

  test("resuming what was lost does not end the hold that came after it", async () => {
    const lost = await stop(server(), { holdMs: 50 });
    await aborted(lost.lost);
    await server().write().done;
    const other = server().another();
    const stopped = await other.stopWrites(ask(), noSignal);
    expect(await lost.resume()).toMatchObject({ unbroken: false });
    const write = await blockedWrite(server());
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
    await write.done;
    await other.close();
  });
}

function restartsServers(server: Server): void {
  test("a stopped server gives its files up, and a started one works on what they are then", async () => {
    await server().write().done;
    await server().engine.stopServer(noSignal);
    await server().engine.stopServer(noSignal);
    expect(await server().writesInFiles()).toBe(1);
    expect(await server().engine.inspect(noSignal)).toMatchObject({ healthy: false });
    await server().replaceFiles(41);
    await server().engine.startServer(noSignal);
    await server().engine.startServer(noSignal);
    expect(await server().engine.inspect(noSignal)).toMatchObject({ healthy: true });
    await server().write().done;
    expect(await server().countWrites()).toBe(42);
  });

  test("starting a server on files that it cannot use is corrupt", async () => {
    await server().engine.stopServer(noSignal);
    await server().replaceFiles("garbage");
    expect(await refusal(server().engine.startServer(noSignal))).toMatchObject({ reason: "corrupt" });
    await server().replaceFiles(7);
    await server().engine.startServer(noSignal);
    expect(await server().countWrites()).toBe(7);
  });
}

function waitsForTransactions(server: Server, abilities: Abilities): void {
  test("inspect lists the open write transactions, oldest first, or says that it cannot tell", async () => {
    const ids = [await server().begin("alice", "the first"), await server().begin("bob", "the second")];
    const { openWrites } = await eventually(
      () => server().engine.inspect(noSignal),
      (state) => state.openWrites === undefined || state.openWrites.length === 2,
    );
    if (abilities.listsOpenWrites) {
      expect(openWrites?.map(({ id, owner, description }) => ({ id, owner, description }))).toEqual([
        { id: ids[0], ...shown(server(), "alice", "the first") },
        { id: ids[1], ...shown(server(), "bob", "the second") },
      ]);
    } else expect(openWrites).toBeUndefined();
  });

  test("abortTransactions aborts what is open and says how many, or says 0", async () => {
    const id = await server().begin("alice", "too long");
    const aborts = await server().engine.abortTransactions(noSignal);
    expect(aborts).toBe(abilities.abortsTransactions ? 1 : 0);
    if (abilities.abortsTransactions) await expect(server().end(id)).rejects.toThrow("aborted");
    else await server().end(id);
  });

  test("stop waits for the write transactions that are open, and none is lost meanwhile", async () => {
    const id = await server().begin("alice", "not yet ready");
    const stopping = stop(server());
    const { write, writes } = await untilStopWaits(server());
    await server().end(id);
    const stopped = await stopping;
    expect(await server().countWrites()).toBe(writes + 1);
    await stopped.resume();
    await write.done;
  });

  test("a write transaction that outlasts waitMs makes the stop lock-busy, is named, and writes go on", async () => {
    const id = await server().begin("alice", "the long one");
    const error = await refusal(server().engine.stopWrites(ask({ waitMs: 200 }), noSignal));
    expect(error.reason).toBe("lock-busy");
    expect(error.blockers).toMatchObject([{ id, ...shown(server(), "alice", "the long one") }]);
    await server().write().done;
    await server().end(id);
    await (await stop(server())).resume();
  });

  test("the signal ends the waiting, and writes go on", async () => {
    const id = await server().begin("alice", "the long one");
    const caller = new AbortController();
    const stopping = server().engine.stopWrites(ask({ waitMs: 60_000 }), caller.signal);
    const { write } = await untilStopWaits(server());
    caller.abort(new StillpointError("cancelled", "the caller went away"));
    expect(await refusal(stopping)).toMatchObject({ reason: "cancelled", message: "the caller went away" });
    await write.done;
    await server().end(id);
  });

  test("closing the engine ends the waiting for a stop", async () => {
    const id = await server().begin("alice", "the long one");
    const stopping = refusal(server().engine.stopWrites(ask({ waitMs: 60_000 }), noSignal));
    const { write } = await untilStopWaits(server());
    await server().engine.close();
    expect(await stopping).toMatchObject({ reason: "cancelled" });
    await write.done;
    await server().end(id);
  });
}

function survivesProcesses(server: Server): void {
  for (const what of ["process", "group"] as const) {
    test(`an agent whose ${what} is killed while it holds writes frees them`, async () => {
      const agent = server().startAgent?.(ask());
      await agent?.held;
      const write = await blockedWrite(server());
      await agent?.kill(what);
      await write.done;
      await (await stop(server())).resume();
    });
  }

  test("an agent that hangs while it holds writes frees them after holdMs", async () => {
    const writing = writeUntilBlocked(server());
    const agent = server().startAgent?.(ask({ holdMs: 1_000 }));
    await agent?.held;
    agent?.hang();
    const { write } = await writing;
    await write.done;
  });

  test("a stop of a server that hangs fails in time, and writes go on when it goes on", async () => {
    await server().hang?.();
    const { reason } = await refusal(stop(server(), { waitMs: 100 }));
    expect(["unreachable", "lock-busy"]).toContain(reason);
    await server().wake?.();
    await server().write().done;
    await (await stop(server())).resume();
  });
}

function survivesProcessesThatWait(server: Server): void {
  test("an agent that is killed while it waits for the stop frees writes", async () => {
    const id = await server().begin("alice", "the long one");
    const agent = server().startAgent?.(ask({ waitMs: 60_000 }));
    const { write } = await untilStopWaits(server());
    await agent?.kill("process");
    await write.done;
    await server().end(id);
  });
}

let locks = 0;

function ask(limits: Partial<StopRequest> = {}): StopRequest {
  locks += 1;
  return { lockId: `lock-${process.pid}-${locks}`, waitMs: 5_000, holdMs: 60_000, ...limits };
}

function stop(server: EngineUnderTest, limits: Partial<StopRequest> = {}): Promise<StoppedWrites> {
  return server.engine.stopWrites(ask(limits), noSignal);
}

function shown(server: EngineUnderTest, owner: string, description: string) {
  return server.shown?.(owner, description) ?? { owner, description };
}

/** The error of a call that must fail. */
async function refusal(call: Promise<unknown>): Promise<StillpointError> {
  const error = await call.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StillpointError);
  return error as StillpointError;
}

/** A write that has to wait, because writes are stopped. */
async function blockedWrite(server: EngineUnderTest): Promise<Write> {
  const { write, writes } = await writeUntilBlocked(server);
  expect(writes).toBe(0);
  return write;
}

/** Writes until one has to wait: then the server has begun to stop writes. */
async function writeUntilBlocked(server: EngineUnderTest): Promise<{ write: Write; writes: number }> {
  const giveUpAt = performance.now() + 15_000;
  for (let writes = 0; performance.now() < giveUpAt; writes += 1) {
    const write = server.write();
    const blocked = await Promise.race([write.blocked.then(() => true), write.done.then(() => false)]);
    if (blocked) return { write, writes };
    await pause(1);
  }
  throw new Error("writes go on and on");
}

/** A stop that waits for open transactions: it makes a write wait, or lets it through. */
async function untilStopWaits(server: EngineUnderTest): Promise<{ write: Write; writes: number }> {
  if (server.stopWaits === undefined) return await writeUntilBlocked(server);
  await server.stopWaits();
  const write = server.write();
  await write.done;
  return { write, writes: 1 };
}

/** Asks again and again until the answer is as it must become. */
async function eventually<Answer>(call: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<Answer> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await call();
    if (isRight(answer)) return answer;
    await pause(20);
  }
  throw new Error("it never became so");
}
