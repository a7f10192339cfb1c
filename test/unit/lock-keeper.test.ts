// Writes are stopped for one round at a time, never longer than asked, and whatever happens they are let go.
import { setImmediate as allIsSettled } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { LockKeeper } from "../../agent/lock-keeper.ts";
import type { LockEvent, LockRequest } from "../../agent/lock-session.ts";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const forever = new AbortController().signal;
const run = { backupId: "2026-11-22T15.04.05.123Z_nightly", token: 7 };
const newerRun = { backupId: "2026-11-22T16.04.05.123Z_nightly", token: 8 };
const request: LockRequest = { ...run, round: 1, waitMs: 200, holdMs: 1000, abortBlockers: false };

function open(clock = new VirtualClock(), engine = new FakeEngine({ clock })) {
  const events: LockEvent[] = [];
  const keeper = new LockKeeper(engine, clock, (event) => events.push(event));
  return { clock, engine, database: engine.database, keeper, events };
}

async function openHeld(clock?: VirtualClock, engine?: FakeEngine) {
  const opened = open(clock, engine);
  await opened.keeper.lock(request, forever);
  return opened;
}

/** How a write ends that begins now: at once, or only when writes go on. */
function tryToWrite({ database }: { database: FakeEngine["database"] }) {
  const state = { isDone: false, wasBlocked: false };
  const onBlocked = () => {
    state.wasBlocked = true;
  };
  const done = database.write(onBlocked).then(() => {
    state.isDone = true;
  });
  return { state, done };
}

/** When writes go on, in milliseconds from now. */
async function msUntilWritesGoOn({ clock, database }: { clock: VirtualClock; database: FakeEngine["database"] }) {
  const since = clock.now();
  await clock.run(database.write());
  return clock.now() - since;
}

async function expectNoTimers(clock: VirtualClock): Promise<void> {
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow("nobody sleeps");
}

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

describe("Lock", () => {
  it("stops writes and says how long it took", async () => {
    const opened = open();
    const transaction = await opened.database.begin("a client", "a report");
    const locked = opened.keeper.lock(request, forever);
    await opened.clock.advance(120);
    opened.database.end(transaction);
    expect(await locked).toEqual({ lockWaitMs: 120, abortedTransactions: 0 });
    expect(opened.keeper.hold).toMatchObject({ state: "held", ref: { ...run, round: 1 }, expiresAt: 1120 });
    const write = tryToWrite(opened);
    await opened.clock.advance(10);
    expect(write.state).toEqual({ isDone: false, wasBlocked: true });
    await opened.keeper.close();
    await write.done;
  });

  it("gives the same round the same answer and stops writes once", async () => {
    const { keeper, engine } = await openHeld();
    expect(await keeper.lock({ ...request, waitMs: 0 }, forever)).toEqual(await keeper.lock(request, forever));
    expect(engine.calls).toEqual(["stopWrites"]);
  });

  it("gives two callers of the same round at once the same answer", async () => {
    const { keeper, engine, database, clock } = open();
    const transaction = await database.begin("a client", "a report");
    const both = Promise.all([keeper.lock(request, forever), keeper.lock(request, forever)]);
    await clock.advance(50);
    database.end(transaction);
    expect(await both).toEqual(Array(2).fill({ lockWaitMs: 50, abortedTransactions: 0 }));
    expect(engine.calls).toEqual(["stopWrites"]);
  });

  it("says who is in the way when the wait is over, and lets writes go", async () => {
    const opened = open();
    await opened.database.begin("a client", "a report");
    const error = await opened.clock.run(rejectionOf(opened.keeper.lock(request, forever)));
    expect(error).toMatchObject({ reason: "lock-busy", blockers: [{ owner: "a client", ageMs: 200 }] });
    expect(await msUntilWritesGoOn(opened)).toBe(0);
    expect(await opened.keeper.release({ ...run, round: 1 })).toMatchObject({
      endedBy: "gave-up",
      heldMs: 0,
      stallMs: 200,
      unbroken: false,
    });
    await expectNoTimers(opened.clock);
  });

  it("passes on what the engine says, and the round is over", async () => {
    const { keeper, engine, clock } = open();
    engine.misbehaves.stopWrites = new StillpointError("unreachable", "the server is down", { hint: "start it" });
    expect(await rejectionOf(keeper.lock(request, forever))).toMatchObject({
      reason: "unreachable",
      message: "the server is down",
      hint: "start it",
    });
    expect(keeper.hold).toEqual({ state: "free" });
    expect(await reasonOf(keeper.lock(request, forever))).toBe("stale-round");
    await expectNoTimers(clock);
  });

  it("says that the engine neither stops writes nor lets them go, before its caller gives up; writes go when it does", async () => {
    const opened = open();
    opened.engine.misbehaves.resume = "hang";
    const stuck = Promise.withResolvers<void>();
    const stopWrites = opened.engine.stopWrites.bind(opened.engine);
    opened.engine.stopWrites = (...stop) => stuck.promise.then(() => stopWrites(...stop));
    const error = await opened.clock.run(rejectionOf(opened.keeper.lock(request, forever)));
    expect(error).toMatchObject({
      reason: "unreachable",
      message: expect.stringContaining("neither stopped nor let go"),
    });
    expect(opened.clock.now()).toBeGreaterThan(request.waitMs + 1000); // an engine may need that long to be killed
    expect(opened.clock.now()).toBeLessThan(request.waitMs + 2000); // what a coordinator allows for
    stuck.resolve();
    expect(await opened.keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "gave-up", heldMs: 0 });
    expect(await msUntilWritesGoOn(opened)).toBe(0);
    await expectNoTimers(opened.clock);
  });

  it("can abort the transactions in the way, again and again while it waits", async () => {
    const { keeper, database, clock } = open();
    const first = await database.begin("a client", "a report");
    const locked = keeper.lock({ ...request, abortBlockers: true }, forever);
    expect(await clock.run(locked)).toEqual({ lockWaitMs: 50, abortedTransactions: 1 });
    expect(() => database.end(first)).toThrow("aborted");
  });

  it("passes on why the transactions in the way cannot be aborted, and lets writes go", async () => {
    const opened = open();
    await opened.database.begin("a client", "a report");
    opened.engine.misbehaves.abortTransactions = new StillpointError("unreachable", "the server is down");
    const locked = opened.keeper.lock({ ...request, abortBlockers: true }, forever);
    expect(await opened.clock.run(reasonOf(locked))).toBe("unreachable");
    expect(await msUntilWritesGoOn(opened)).toBe(0);
    await expectNoTimers(opened.clock);
  });

  it("reports each step, and the end after writes go on", async () => {
    const { keeper, events, database } = await openHeld();
    await keeper.release({ ...run, round: 1 });
    expect(events.map(({ step }) => step)).toEqual(["locking", "held", "let-go"]);
    await database.write();
  });
});

describe("the end of a call", () => {
  it("ends the waiting and lets writes go", async () => {
    const opened = open();
    await opened.database.begin("a client", "a report");
    const caller = new AbortController();
    const locked = reasonOf(opened.keeper.lock(request, caller.signal));
    await opened.clock.advance(10);
    caller.abort();
    expect(await locked).toBe("cancelled");
    expect(await msUntilWritesGoOn(opened)).toBe(0);
    expect(await opened.keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "gave-up", stallMs: 10 });
    await expectNoTimers(opened.clock);
  });

  it("never ends a lock that is held", async () => {
    const opened = open();
    const caller = new AbortController();
    await opened.keeper.lock(request, caller.signal);
    caller.abort();
    await allIsSettled();
    expect(opened.keeper.hold.state).toBe("held");
    expect(await msUntilWritesGoOn(opened)).toBe(request.holdMs);
  });

  it("leaves the others waiting, until the last one goes away", async () => {
    const { keeper, database, clock } = open();
    await database.begin("a client", "a report");
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map(({ signal }) => reasonOf(keeper.lock(request, signal)));
    callers[0]?.abort();
    await clock.advance(10);
    expect(keeper.hold.state).toBe("locking");
    callers[1]?.abort();
    expect(await Promise.all(answers)).toEqual(["cancelled", "cancelled"]);
    expect(keeper.hold.state).toBe("free");
  });

  it("leaves the lock to another caller who still waits", async () => {
    const { keeper, database, clock } = open();
    const transaction = await database.begin("a client", "a report");
    const goesAway = new AbortController();
    const first = keeper.lock(request, goesAway.signal);
    const second = keeper.lock(request, forever);
    goesAway.abort();
    await clock.advance(10);
    database.end(transaction);
    expect(await second).toMatchObject({ lockWaitMs: 10 });
    expect(await first).toEqual(await second);
    expect(keeper.hold.state).toBe("held");
  });

  it("stops no writes for a caller who went away before it was its turn", async () => {
    const { keeper, engine, clock } = await openHeld();
    engine.misbehaves.resume = "hang";
    const caller = new AbortController();
    const waiting = reasonOf(keeper.lock({ ...request, round: 2 }, caller.signal));
    await clock.advance(10);
    caller.abort();
    await engine.close();
    expect(await waiting).toBe("cancelled");
    expect(engine.calls).toEqual(["stopWrites", "resume"]);
  });
});

describe("a Lock that comes late", () => {
  it("is refused after Release of its round or a later one", async () => {
    const { keeper, engine } = open();
    await keeper.release({ ...run, round: 2 });
    expect(await reasonOf(keeper.lock(request, forever))).toBe("stale-round");
    expect(await reasonOf(keeper.lock({ ...request, round: 2 }, forever))).toBe("stale-round");
    expect(engine.calls).toEqual([]);
  });

  it("is refused when its hold has ended by itself", async () => {
    const opened = await openHeld();
    await opened.clock.advance(request.holdMs);
    expect(await reasonOf(opened.keeper.lock(request, forever))).toBe("stale-round");
  });

  it("is refused while its hold is being let go", async () => {
    const { keeper, engine, clock } = await openHeld();
    engine.misbehaves.resume = "hang";
    engine.loseHold();
    const late = reasonOf(keeper.lock(request, forever));
    await clock.advance(10);
    await engine.close();
    expect(await late).toBe("stale-round");
  });

  it("is refused with a token that is smaller than the largest seen", async () => {
    const { keeper, engine } = open();
    await keeper.see(newerRun);
    expect(await reasonOf(keeper.lock(request, forever))).toBe("stale-round");
    expect(await reasonOf(keeper.see(run))).toBe("stale-round");
    expect(engine.calls).toEqual([]);
  });
});

describe("a newer Lock", () => {
  it("with a larger token ends the older hold first", async () => {
    const { keeper, engine } = await openHeld();
    await keeper.lock({ ...request, ...newerRun }, forever);
    expect(engine.calls).toEqual(["stopWrites", "resume", "stopWrites"]);
    expect(keeper.hold).toMatchObject({ state: "held", ref: newerRun });
    expect(await keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "superseded" });
    expect(keeper.hold).toMatchObject({ state: "held", ref: newerRun });
  });

  it("of a later round ends the waiting of the earlier one", async () => {
    const { keeper, database, clock } = open();
    const transaction = await database.begin("a client", "a report");
    const first = reasonOf(keeper.lock(request, forever));
    const second = keeper.lock({ ...request, round: 2 }, forever);
    expect(await first).toBe("cancelled");
    await clock.advance(10);
    database.end(transaction);
    await second;
    expect(keeper.hold).toMatchObject({ state: "held", ref: { round: 2 } });
  });

  it("is not needed for the older hold to end: to see a larger token is enough", async () => {
    const opened = await openHeld();
    await opened.keeper.see(newerRun);
    expect(await msUntilWritesGoOn(opened)).toBe(0);
  });
});

describe("a hold", () => {
  it("ends by itself after hold_ms", async () => {
    const opened = await openHeld();
    expect(await msUntilWritesGoOn(opened)).toBe(1000);
    await expectNoTimers(opened.clock);
  });

  it("ends after hold_ms also when the engine has forgotten its own limit", async () => {
    const forgetful = new FakeEngine({ clock: new VirtualClock() });
    const opened = await openHeld(new VirtualClock(), forgetful);
    expect(await msUntilWritesGoOn(opened)).toBe(1000);
    expect(await opened.keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "expired", heldMs: 1000 });
    await expectNoTimers(opened.clock);
  });

  it("ends when the engine loses it", async () => {
    const { keeper, engine, clock } = await openHeld();
    await clock.advance(100);
    engine.loseHold();
    await allIsSettled();
    expect(keeper.hold).toEqual({ state: "free" });
    expect(await keeper.release({ ...run, round: 1 })).toMatchObject({
      endedBy: "lost",
      heldMs: 100,
      unbroken: false,
    });
    await expectNoTimers(clock);
  });
});

describe("Release", () => {
  it("lets writes go and says from when to when they were held", async () => {
    const opened = open();
    const transaction = await opened.database.begin("a client", "a report");
    const locked = opened.keeper.lock(request, forever);
    const start = opened.clock.date().getTime();
    await opened.clock.advance(30);
    opened.database.end(transaction);
    await locked;
    const write = tryToWrite(opened);
    await opened.clock.advance(70);
    expect(await opened.keeper.release({ ...run, round: 1 })).toEqual({
      round: 1,
      askedAt: new Date(start),
      heldAt: new Date(start + 30),
      endedAt: new Date(start + 100),
      lockWaitMs: 30,
      heldMs: 70,
      stallMs: 100,
      unbroken: true,
      endedBy: "released",
      longestBlockedWriteMs: 70,
    });
    await write.done;
    await expectNoTimers(opened.clock);
  });

  it("says the same when it is repeated, also after later rounds", async () => {
    const { keeper } = await openHeld();
    const first = await keeper.release({ ...run, round: 1 });
    await keeper.lock({ ...request, round: 2 }, forever);
    expect(await keeper.release({ ...run, round: 1 })).toEqual(first);
    expect(keeper.hold).toMatchObject({ state: "held", ref: { round: 2 } });
  });

  it("is OK where nothing is held, for a run that is over, and for one that was never seen", async () => {
    const { keeper } = open();
    await keeper.see(run);
    expect(await keeper.release({ ...run, round: 1 })).toBeUndefined();
    expect(await keeper.release({ backupId: "older", token: 6, round: 3 })).toBeUndefined();
    expect(await keeper.release({ backupId: "other", token: 7, round: 3 })).toBeUndefined();
    expect(await keeper.release({ ...newerRun, round: 1 })).toBeUndefined();
  });

  it("of an older run does not end a newer hold", async () => {
    const { keeper } = open();
    await keeper.lock({ ...request, ...newerRun }, forever);
    await keeper.release({ ...run, round: 1_000_000 });
    expect(keeper.hold).toMatchObject({ state: "held", ref: newerRun });
  });

  it("ends the waiting for the lock too", async () => {
    const opened = open();
    await opened.database.begin("a client", "a report");
    const locked = reasonOf(opened.keeper.lock(request, forever));
    expect(await opened.keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "released", heldMs: 0 });
    expect(await locked).toBe("cancelled");
    expect(await msUntilWritesGoOn(opened)).toBe(0);
  });

  it("of a later round ends the earlier hold", async () => {
    const opened = await openHeld();
    expect(await opened.keeper.release({ ...run, round: 2 })).toBeUndefined();
    expect(await msUntilWritesGoOn(opened)).toBe(0);
  });

  it("says that the hold was not unbroken when the engine cannot confirm it", async () => {
    const { keeper, engine } = await openHeld();
    engine.misbehaves.resume = new Error("no answer");
    expect(await keeper.release({ ...run, round: 1 })).toMatchObject({ unbroken: false, endedBy: "released" });
  });

  it("says why writes may still be stopped when the engine does", async () => {
    const { keeper, engine } = await openHeld();
    engine.stillStopped = "writes may still be stopped: the command fails";
    expect(await keeper.release({ ...run, round: 1 })).toMatchObject({ stillStopped: engine.stillStopped });
  });

  it("remembers the holds of the last 64 rounds only", async () => {
    const { keeper } = open();
    for (let round = 1; round <= 65; round++) {
      await keeper.lock({ ...request, round }, forever);
      await keeper.release({ ...run, round });
    }
    expect(await keeper.release({ ...run, round: 1 })).toBeUndefined();
    expect(await keeper.release({ ...run, round: 2 })).toMatchObject({ round: 2 });
  });
});

describe("work under the hold", () => {
  const ref = { ...run, round: 1 };

  it("is done while writes are stopped, and they go on at once after it", async () => {
    const opened = await openHeld();
    const write = tryToWrite(opened);
    const { result, report } = await opened.keeper.under(ref, async () => {
      await opened.clock.advance(20);
      return write.state.isDone;
    });
    expect(result).toBe(false);
    expect(report).toMatchObject({ endedBy: "snapshot", heldMs: 20, unbroken: true });
    await write.done;
    expect(await opened.keeper.release(ref)).toEqual(report);
    await expectNoTimers(opened.clock);
  });

  it("says when it was done, within the hold, whatever the calendar does meanwhile", async () => {
    const clock = new JumpingClock();
    const { keeper } = await openHeld(clock);
    const { doneAt, report } = await keeper.under(ref, async () => {
      await clock.advance(20);
      clock.jumpMs = 3_600_000;
      return clock.jumpMs;
    });
    expect(doneAt.getTime() - (report.heldAt?.getTime() ?? 0)).toBe(20);
    expect(doneAt <= report.endedAt).toBe(true);
  });

  it.each([
    ["that was never locked", { ...run, round: 1 }],
    ["of another round", { ...run, round: 2 }],
    ["of a newer run", { ...newerRun, round: 1 }],
  ])("is refused for a hold %s", async (what, ref) => {
    const { keeper } = what.includes("never") ? open() : await openHeld();
    expect(await reasonOf(keeper.under(ref, () => Promise.reject(new Error("must not run"))))).toBe("hold-lost");
  });

  it("is refused while the hold is being let go", async () => {
    const { keeper, engine, clock } = await openHeld();
    engine.misbehaves.resume = "hang";
    const released = keeper.release(ref);
    await clock.advance(10);
    expect(await reasonOf(keeper.under(ref, () => Promise.reject(new Error("must not run"))))).toBe("hold-lost");
    await engine.close();
    await released;
  });

  it("is refused for a run that is over", async () => {
    const { keeper } = open();
    await keeper.see(newerRun);
    expect(await reasonOf(keeper.under(ref, () => Promise.reject(new Error("must not run"))))).toBe("stale-round");
  });

  it.each([
    ["has expired", ({ clock }: Opened) => clock.advance(1000)],
    ["was released", ({ keeper }: Opened) => keeper.release(ref)],
    ["was lost", async ({ engine }: Opened) => engine.loseHold()],
    ["was superseded", ({ keeper }: Opened) => keeper.lock({ ...request, ...newerRun }, forever)],
    ["ended with the agent", ({ keeper }: Opened) => keeper.close()],
  ])("is refused when the hold %s before, and fails when it does so during the work", async (_how, end) => {
    const before = await openHeld();
    await end(before);
    await allIsSettled();
    const refused = await reasonOf(before.keeper.under(ref, () => Promise.reject(new Error("must not run"))));
    expect(["hold-lost", "stale-round"]).toContain(refused);

    const during = await openHeld();
    const work = during.keeper.under(ref, async () => {
      await end(during);
      await allIsSettled();
    });
    expect(await reasonOf(work)).toBe("hold-lost");
  });

  it("that outlasts the hold is not waited for: that and why the hold ended is told at once", async () => {
    const forgetful = new FakeEngine({ clock: new VirtualClock() });
    const { keeper, clock } = await openHeld(new VirtualClock(), forgetful);
    const work = Promise.withResolvers<void>();
    const error = await clock.run(rejectionOf(keeper.under(ref, () => work.promise)));
    expect(error).toMatchObject({ reason: "hold-lost", message: "the hold of round 1 broke during the cut (expired)" });
    expect(clock.now()).toBe(request.holdMs);
    work.reject(new Error("fails in the end"));
    await expectNoTimers(clock);
  });

  it("is not good when the engine takes too long to let writes go, which is told before the caller gives up", async () => {
    const { keeper, clock, engine } = await openHeld();
    engine.misbehaves.resume = "hang";
    const error = await clock.run(rejectionOf(keeper.under(ref, async () => {})));
    expect(error).toMatchObject({ reason: "hold-lost", message: expect.stringContaining("has not let writes go yet") });
    expect(clock.now()).toBeGreaterThan(request.holdMs);
    expect(clock.now()).toBeLessThan(request.holdMs + 2000); // what a coordinator allows for
    await engine.close();
    await keeper.release(ref);
  });

  it("fails when the engine says afterwards that the hold was broken", async () => {
    const { keeper, engine } = await openHeld();
    engine.misbehaves.resume = new Error("no answer");
    expect(await reasonOf(keeper.under(ref, async () => {}))).toBe("hold-lost");
  });

  it("fails when it took longer than hold_ms, although no timer has rung yet", async () => {
    const clock = new BusyClock();
    const { keeper } = await openHeld(clock);
    const work = keeper.under(ref, async () => {
      clock.busyMs = 1000;
    });
    expect(await reasonOf(work)).toBe("hold-lost");
  });

  it("that fails lets writes go all the same", async () => {
    const opened = await openHeld();
    const work = opened.keeper.under(ref, () => Promise.reject(new StillpointError("no-space", "the disk is full")));
    expect(await reasonOf(work)).toBe("no-space");
    expect(await msUntilWritesGoOn(opened)).toBe(0);
    await expectNoTimers(opened.clock);
  });
});

describe("close", () => {
  it("lets writes go and ends the waiting", async () => {
    const held = await openHeld();
    await held.keeper.close();
    expect(await msUntilWritesGoOn(held)).toBe(0);
    expect(await held.keeper.release({ ...run, round: 1 })).toMatchObject({ endedBy: "shutdown" });
    await expectNoTimers(held.clock);

    const waiting = open();
    await waiting.database.begin("a client", "a report");
    const locked = reasonOf(waiting.keeper.lock(request, forever));
    await waiting.keeper.close();
    expect(await locked).toBe("cancelled");
    await expectNoTimers(waiting.clock);
  });

  it("is final: no Lock stops writes afterwards", async () => {
    const { keeper, engine } = open();
    await keeper.close();
    expect(await reasonOf(keeper.lock(request, forever))).toBe("unreachable");
    expect(engine.calls).toEqual([]);
  });
});

type Opened = Awaited<ReturnType<typeof openHeld>>;

/** Its calendar can be set while time goes on. */
class JumpingClock extends VirtualClock {
  jumpMs = 0;

  override date(): Date {
    return new Date(super.date().getTime() + this.jumpMs);
  }
}

/** Its time can pass without any timer ringing, as when the process is busy or was stopped. */
class BusyClock extends VirtualClock {
  busyMs = 0;

  override now(): number {
    return super.now() + this.busyMs;
  }
}
