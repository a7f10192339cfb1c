// The ledger's write gate: who gets in, what a stop waits for, and how writes go on again.
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Gate, type StopResult } from "../../examples/ledger/gate.ts";
import { StillpointError } from "../../proto/errors.ts";

const never = new AbortController().signal;
const long = { waitMs: 20_000, holdMs: 20_000 };
const write = (id: string) => ({ id, owner: `owner of ${id}`, description: `what ${id} does` });

/** Whether the promise has settled, once all that could run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.then(
    () => (pending = false),
    () => (pending = false),
  );
  await nextTurn();
  return pending;
}

async function stopped(
  gate: Gate,
  id: string,
  holdMs = 20_000,
  signal = never,
): Promise<{ expired: Promise<boolean> }> {
  const result = await gate.stop({ id, waitMs: 0, holdMs }, signal);
  if ("blockers" in result) throw new Error("busy");
  return result;
}

describe("the write gate", () => {
  test("lets writes in and out while nobody stops it, and lists those inside, oldest first", () => {
    const gate = new Gate();
    const first = gate.tryEnter(write("w1"));
    using _second = gate.tryEnter(write("w2")) ?? null;
    expect(gate.openWrites()).toMatchObject([write("w1"), write("w2")]);
    first?.leave();
    first?.leave();
    expect(gate.openWrites()).toMatchObject([{ ...write("w2"), ageMs: expect.any(Number) }]);
  });

  test("a stop waits for the last write inside and lets nobody in meanwhile", async () => {
    const gate = new Gate();
    const [first, second] = [await gate.enter(write("w1"), never), await gate.enter(write("w2"), never)];
    const stop = gate.stop({ id: "s", ...long }, never);
    expect(gate.tryEnter(write("w3"))).toBeUndefined();
    first.leave();
    expect(await isPending(stop)).toBe(true);
    second.leave();
    expect(await stop).toHaveProperty("expired");
    expect(gate.tryEnter(write("w3"))).toBeUndefined();
  });

  test("a write that comes while writes are stopped waits until they go on", async () => {
    const gate = new Gate();
    await stopped(gate, "s");
    const entering = gate.enter(write("w1"), never);
    expect(await isPending(entering)).toBe(true);
    expect(gate.openWrites()).toEqual([]);
    gate.resume("s");
    await entering;
    expect(gate.openWrites()).toHaveLength(1);
  });

  test("a write that waits is let go by its signal", async () => {
    const gate = new Gate();
    await stopped(gate, "s");
    const caller = new AbortController();
    const entering = gate.enter(write("w1"), caller.signal);
    caller.abort(new StillpointError("cancelled", "the caller went away"));
    await expect(entering).rejects.toMatchObject({ reason: "cancelled" });
    gate.resume("s");
    expect(gate.openWrites()).toEqual([]);
  });

  test("a stop that waited long enough names who is in the way, and writes go on", async () => {
    const gate = new Gate();
    await gate.enter(write("w1"), never);
    const result: StopResult = await gate.stop({ id: "s", waitMs: 5, holdMs: 20_000 }, never);
    expect(result).toMatchObject({ blockers: [write("w1")] });
    expect(gate.tryEnter(write("w2"))).toBeDefined();
    expect(gate.resume("s")).toBeUndefined();
  });

  test("a stop whose caller goes away while it waits lets writes go on", async () => {
    const gate = new Gate();
    await gate.enter(write("w1"), never);
    const caller = new AbortController();
    const stop = gate.stop({ id: "s", ...long }, caller.signal);
    caller.abort(new StillpointError("cancelled", "the caller went away"));
    await expect(stop).rejects.toMatchObject({ reason: "cancelled" });
    expect(gate.tryEnter(write("w2"))).toBeDefined();
  });

  test("a stop that is resumed while it waits ends, and was never in force", async () => {
    const gate = new Gate();
    await gate.enter(write("w1"), never);
    const stop = gate.stop({ id: "s", ...long }, never);
    expect(gate.resume("s")).toBeUndefined();
    await expect(stop).rejects.toMatchObject({ reason: "cancelled" });
    expect(gate.tryEnter(write("w2"))).toBeDefined();
  });

  test("a second stop is refused and does not touch the first", async () => {
    const gate = new Gate();
    await stopped(gate, "s1");
    await expect(gate.stop({ id: "s2", ...long }, never)).rejects.toMatchObject({
      reason: "held-by-another",
      message: 'writes are stopped already, by "s1"',
    });
    expect(gate.resume("s2")).toBeUndefined();
    expect(gate.resume("s1")).toBeDefined();
  });

  test("writes go on when the hold is over, and resume then says that the stop did not last", async () => {
    const gate = new Gate();
    const { expired } = await stopped(gate, "s", 5);
    const entering = gate.enter(write("w1"), never);
    expect(await expired).toBe(true);
    await entering;
    expect(gate.resume("s")).toBeUndefined();
  });

  test("writes go on when the signal of a stop in force aborts", async () => {
    const gate = new Gate();
    const caller = new AbortController();
    const { expired } = await stopped(gate, "s", 20_000, caller.signal);
    caller.abort();
    expect(await expired).toBe(false);
    expect(gate.tryEnter(write("w1"))).toBeDefined();
    expect(gate.resume("s")).toBeUndefined();
  });

  test("a resume ends the hold, works once, and leaves the next stop alone", async () => {
    const gate = new Gate();
    const first = await stopped(gate, "s1");
    expect(gate.resume("s1")).toEqual({ longestBlockedMs: 0 });
    await stopped(gate, "s2");
    expect(await first.expired).toBe(false);
    expect(gate.resume("s1")).toBeUndefined();
    expect(gate.tryEnter(write("w1"))).toBeUndefined();
  });

  test("tells how long the first blocked write was blocked, whether it waited or was refused", async () => {
    const gate = new Gate();
    await stopped(gate, "s");
    const refusedAt = performance.now();
    expect(gate.tryEnter(write("w1"))).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const atLeastMs = performance.now() - refusedAt - 1;
    expect(gate.resume("s")?.longestBlockedMs).toBeGreaterThanOrEqual(atLeastMs);
  });

  test("aborts those that were named, or all, but not who has promised to commit", async () => {
    const gate = new Gate();
    const [first, second, third] = [
      await gate.enter(write("w1"), never),
      await gate.enter(write("w2"), never),
      await gate.enter(write("w3"), never),
    ];
    const reason = new StillpointError("cancelled", "aborted");
    third.promise();
    expect(gate.abort(["w1", "unknown"], reason)).toBe(1);
    expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
    expect(gate.abort([], reason)).toBe(1);
    expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
    expect(() => second.promise()).toThrow(reason);
  });

  test("closing refuses all, ends a stop, aborts who may be aborted, and waits for the others", async () => {
    const gate = new Gate();
    const [aborted, promised] = [await gate.enter(write("w1"), never), await gate.enter(write("w2"), never)];
    promised.promise();
    const stop = gate.stop({ id: "s", ...long }, never);
    const entering = gate.enter(write("w3"), never);
    const closed = gate.close();
    await expect(stop).rejects.toMatchObject({ reason: "cancelled" });
    await expect(entering).rejects.toMatchObject({ reason: "unreachable" });
    expect(aborted.signal.reason).toMatchObject({ reason: "unreachable" });
    aborted.leave();
    expect(await isPending(closed)).toBe(true);
    promised.leave();
    await closed;
    expect(() => gate.tryEnter(write("w4"))).toThrow("the database is closed");
  });
});
