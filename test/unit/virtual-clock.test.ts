// The clock that the tests of the coordinator's core stand on.
import { expect, it } from "vitest";
import { forever } from "../support/fake-cluster.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

it("wakes sleepers in the order of their time, and those of the same time in the order in which they went to sleep", async () => {
  const clock = new VirtualClock();
  const woken: string[] = [];
  for (const [name, ms] of Object.entries({ c: 30, a: 10, b1: 20, b2: 20 })) {
    void clock.sleep(ms, forever).then(() => woken.push(`${name} at ${clock.now()}`));
  }
  await clock.advance(29);
  expect(woken).toEqual(["a at 10", "b1 at 20", "b2 at 20"]);
  expect(clock.now()).toBe(29);
  await clock.advance(1);
  expect(woken.at(-1)).toBe("c at 30");
});

it("ends a sleep at once when its signal aborts, and says so", async () => {
  const clock = new VirtualClock();
  const cancel = new AbortController();
  const sleep = clock.sleep(10, cancel.signal);
  cancel.abort();
  expect(await sleep).toBe(false);
  expect(await clock.sleep(10, cancel.signal)).toBe(false);
  expect(clock.now()).toBe(0);
});

it("runs work to its end, in as much time as it sleeps", async () => {
  const clock = new VirtualClock();
  const work = async () => {
    for (let left = 3; left > 0; left--) await clock.sleep(1000, forever);
    return clock.date().toISOString();
  };
  expect(await clock.run(work())).toBe("2026-11-22T15:04:08.123Z");
});

it("finds work that waits for what never comes", async () => {
  const clock = new VirtualClock();
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow(
    "at 0 ms nobody sleeps: what is waited for never comes",
  );
});

it("finds work that never ends", async () => {
  const clock = new VirtualClock();
  const work = async () => {
    for (;;) await clock.sleep(3_600_000, forever);
  };
  await expect(clock.run(work())).rejects.toThrow("the work has not ended after 90000000 ms");
});
