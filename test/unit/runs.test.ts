// The runs of one coordinator: who hears of them, and who ends them.
import { setImmediate as allIsSettled } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../coordinator/ports.ts";
import { Runs } from "../../coordinator/runs.ts";
import { StillpointError } from "../../proto/errors.ts";
import { aborted } from "../../runtime/clock.ts";
import { forever } from "../support/fake-cluster.ts";

const claimed = (backupId: string): RunEvent => ({ step: "claimed", backupId, token: 7 });
const window = (ms: number): RunEvent => ({ step: "window", ms });

/** Work that reports a claim, and then goes on until it is stopped and `cleanedUp` is resolved. */
function endless(backupId: string) {
  const cleanedUp = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const work = async (report: (event: RunEvent) => void, stop: AbortSignal): Promise<never> => {
    report(claimed(backupId));
    begun.resolve();
    await aborted(stop);
    await cleanedUp.promise;
    throw stop.reason;
  };
  return { work, begun: begun.promise, cleanUp: cleanedUp.resolve };
}

/** Whether it has come to its end when all that can happen has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  await allIsSettled();
  return settled;
}

describe("the events of a run", () => {
  it("come in order to a reader who reads along", async () => {
    const go = Promise.withResolvers<void>();
    const { events, result } = new Runs().begin(forever, async (report) => {
      report(window(1));
      await go.promise;
      report(window(2));
      report(window(3));
      return "done";
    });
    const seen: RunEvent[] = [];
    for await (const event of events) {
      seen.push(event);
      go.resolve();
    }
    expect(seen).toEqual([window(1), window(2), window(3)]);
    expect(await result).toBe("done");
  });

  it("come in order to a reader who comes when all is over", async () => {
    const { events, result } = new Runs().begin(forever, async (report) => {
      for (const ms of [1, 2, 3]) report(window(ms));
    });
    await result;
    expect(await Array.fromAsync(events)).toEqual([window(1), window(2), window(3)]);
  });

  it("come to a reader who is slow, and who holds nobody up", async () => {
    const { events, result } = new Runs().begin(forever, async (report) => {
      for (const ms of [1, 2, 3]) report(window(ms));
      await Promise.resolve();
      report(window(4));
    });
    const seen: RunEvent[] = [];
    for await (const event of events) {
      seen.push(event);
      await result;
    }
    expect(seen).toEqual([window(1), window(2), window(3), window(4)]);
  });

  it("end with a run that fails, whose error is the result's", async () => {
    const broken = new Error("broken");
    const { events, result } = new Runs().begin(forever, async (report) => {
      report(window(1));
      throw broken;
    });
    expect(await Array.fromAsync(events)).toEqual([window(1)]);
    await expect(result).rejects.toBe(broken);
  });
});

describe("cancel", () => {
  it.each([
    ["by its id", "b1"],
    ["without an id", ""],
  ])("ends the run %s, and waits until nothing is left of it", async (_, id) => {
    const runs = new Runs();
    const { work, begun, cleanUp } = endless("b1");
    const { result } = runs.begin(forever, work);
    await begun;
    const cancelled = runs.cancel(id);
    expect(await isSettled(cancelled)).toBe(false);
    cleanUp();
    expect(await cancelled).toBe("b1");
    await expect(result).rejects.toMatchObject({
      reason: "cancelled",
      message: 'the run of backup "b1" was cancelled',
    });
  });

  it("ends no other run", async () => {
    const runs = new Runs();
    const [one, other] = [endless("b1"), endless("b2")];
    const started = [one, other].map(({ work }) => runs.begin(forever, work).result);
    await Promise.all([one.begun, other.begun]);
    one.cleanUp();
    await runs.cancel("b1");
    expect(await Promise.all(started.map(isSettled))).toEqual([true, false]);
    other.cleanUp();
    await runs.close();
  });

  it("of a run that is not here says where to look", async () => {
    const runs = new Runs();
    const { work, begun, cleanUp } = endless("b1");
    runs.begin(forever, work);
    await begun;
    await expect(runs.cancel("b2")).rejects.toMatchObject({
      reason: "not-found",
      message: 'this coordinator runs no run of backup "b2"',
      hint: "stillpoint status shows which coordinator holds the claim",
    });
    cleanUp();
    await runs.close();
  });

  it("that comes too late says so", async () => {
    const runs = new Runs();
    const run = runs.begin(forever, async (report, stop) => {
      report(claimed("b1"));
      await aborted(stop);
      return "done all the same";
    });
    const message = 'the run of backup "b1" was over before it could be cancelled';
    await expect(runs.cancel("b1")).rejects.toMatchObject({ reason: "not-found", message });
    expect(await run.result).toBe("done all the same");
  });

  it("of a run that was decided, but could not be finished yet, does not say that it was cancelled", async () => {
    const runs = new Runs();
    const { result } = runs.begin(forever, async (report, stop) => {
      report(claimed("b1"));
      await aborted(stop);
      throw new StillpointError("unreachable", "not finished yet");
    });
    const message = 'the run of backup "b1" was over before it could be cancelled: not finished yet';
    await expect(runs.cancel("b1")).rejects.toMatchObject({ reason: "not-found", message });
    await expect(result).rejects.toMatchObject({ reason: "unreachable" });
  });

  it("finds no run that is over, nor one that has not claimed the cluster", async () => {
    const runs = new Runs();
    await runs.begin(forever, async (report) => report(claimed("b1"))).result;
    const unclaimed = runs.begin(forever, async (_, stop) => await aborted(stop));
    await expect(runs.cancel("")).rejects.toMatchObject({ message: "this coordinator runs nothing" });
    await runs.close();
    await unclaimed.result;
  });
});

describe("a caller who goes away", () => {
  it("ends the run, which comes to its own end", async () => {
    const caller = new AbortController();
    const { work, begun, cleanUp } = endless("b1");
    const { result } = new Runs().begin(caller.signal, work);
    await begun;
    const reason = new StillpointError("cancelled", "the caller went away");
    caller.abort(reason);
    expect(await isSettled(result)).toBe(false);
    cleanUp();
    await expect(result).rejects.toBe(reason);
  });
});

describe("close", () => {
  it("cancels all runs and waits for them", async () => {
    const runs = new Runs();
    const all = [endless("b1"), endless("b2")];
    const results = all.map(({ work }) => runs.begin(forever, work).result);
    const closed = runs.close();
    all[0]?.cleanUp();
    expect(await isSettled(closed)).toBe(false);
    all[1]?.cleanUp();
    await closed;
    for (const result of results) {
      await expect(result).rejects.toMatchObject({ reason: "cancelled", message: "the coordinator is shutting down" });
    }
  });

  it("lets no run begin any more: nobody would wait for it", async () => {
    const runs = new Runs();
    await runs.close();
    const begin = () => runs.begin(forever, async () => {});
    expect(begin).toThrow(
      expect.objectContaining({ reason: "cancelled", message: "the coordinator is shutting down" }),
    );
  });
});
