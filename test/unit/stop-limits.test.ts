// Wait and hold together are the longest that an exec engine blocks writes, whatever its stop command does.
import fc from "fast-check";
import { expect, it } from "vitest";
import { holdLeftMs, stopTimeoutMs } from "../../agent/engines/stop-limits.ts";

const limits = fc.record({ waitMs: fc.nat({ max: 60_000 }), holdMs: fc.integer({ min: 1, max: 60_000 }) });

it("a stop command, for as long as it may take, and its hold never take longer than wait and hold", () =>
  fc.assert(
    fc.property(limits, fc.double({ min: 0, max: 1, noNaN: true }), (request, share) => {
      const tookMs = stopTimeoutMs(request) * share;
      expect(tookMs + holdLeftMs(request, tookMs)).toBeLessThanOrEqual(request.waitMs + request.holdMs + 1e-6);
    }),
  ));

it("a stop command that ends within its wait leaves the whole hold", () => {
  expect(holdLeftMs({ waitMs: 250, holdMs: 5_000 }, 250)).toBe(5_000);
});

it("a stop command may take a second beside its wait, at the expense of the hold, if that is so long", () => {
  expect(stopTimeoutMs({ waitMs: 250, holdMs: 5_000 })).toBe(1_250);
  expect(holdLeftMs({ waitMs: 250, holdMs: 5_000 }, 1_250)).toBe(4_000);
  expect(stopTimeoutMs({ waitMs: 75, holdMs: 125 })).toBe(200);
});
