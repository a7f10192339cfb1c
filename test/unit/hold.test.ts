// The fence decides alone who may stop writes; the hold says whether a cut may be made. Both are pure.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beginRound,
  endRounds,
  type Fence,
  type Hold,
  holds,
  openFence,
  type RoundRef,
  sameRound,
  seeRun,
} from "../../agent/hold.ts";
import { errorOf } from "../support/error-of.ts";

const round = (round: number, run = { backupId: "b1", token: 7 }): RoundRef => ({ ...run, round });
const begun = (...rounds: RoundRef[]) => rounds.reduce(beginRound, openFence);
const reasonOf = (step: () => unknown) => errorOf(step)?.reason;

describe("the fence", () => {
  it("admits the rounds of a run in their order, and the newest again", () => {
    expect(begun(round(1), round(2), round(2))).toMatchObject({ token: 7, newestRound: 2, endedRound: 0 });
  });

  it("refuses a round that is older than the newest seen", () => {
    expect(reasonOf(() => beginRound(begun(round(3)), round(2)))).toBe("stale-round");
  });

  it("refuses a round that was ended, and all before it", () => {
    const fence = endRounds(begun(round(3)), round(3));
    expect([1, 2, 3].map((number) => reasonOf(() => beginRound(fence, round(number))))).toEqual(
      Array(3).fill("stale-round"),
    );
    expect(beginRound(fence, round(4)).newestRound).toBe(4);
  });

  it("refuses a round that was ended before it was ever begun", () => {
    expect(reasonOf(() => beginRound(endRounds(openFence, round(2)), round(2)))).toBe("stale-round");
  });

  it("refuses a token that is smaller than the largest seen, and says which two", () => {
    const fence = seeRun(openFence, { backupId: "newer", token: 8 });
    const error = errorOf(() => beginRound(fence, round(1)));
    expect(error).toMatchObject({ reason: "stale-round" });
    expect(error?.message).toBe('token 7 of backup "b1" is older than 8 of backup "newer"');
  });

  it("refuses a token that another backup has", () => {
    const other = round(1, { backupId: "b2", token: 7 });
    expect(reasonOf(() => beginRound(begun(round(1)), other))).toBe("held-by-another");
  });

  it("counts rounds anew for a larger token", () => {
    const fence = endRounds(begun(round(5)), round(5));
    expect(beginRound(fence, round(1, { backupId: "b2", token: 8 }))).toEqual({
      token: 8,
      backupId: "b2",
      newestRound: 1,
      endedRound: 0,
    });
  });

  it("does not care what a run that is over, or another one, wants to end", () => {
    const fence = begun(round(2));
    expect(endRounds(fence, round(9, { backupId: "older", token: 6 }))).toBe(fence);
    expect(endRounds(fence, round(9, { backupId: "other", token: 7 }))).toBe(fence);
  });

  it("never admits a smaller token, an ended round or an older round, whatever came before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = { token: 0, newest: 0, ended: 0 };
        let fence = openFence;
        for (const { kind, ref } of steps) {
          const { next, isRefused } = take(fence, kind, ref);
          expect(isRefused).toBe(mustRefuse(model, kind, ref));
          fence = next;
          if (!isRefused) remember(model, kind, ref);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a hold", () => {
  const held: Hold = { state: "held", ref: round(2), heldAt: 1000, expiresAt: 1500 };

  it("lets a cut be made under this very round only, and until it expires", () => {
    expect(holds(held, round(2), 1000)).toBe(true);
    expect(holds(held, round(2), 1499.9)).toBe(true);
    expect(holds(held, round(2), 1500)).toBe(false);
    expect(holds(held, round(1), 1000)).toBe(false);
    expect(holds(held, round(2, { backupId: "b1", token: 8 }), 1000)).toBe(false);
    expect(holds(held, round(2, { backupId: "b2", token: 7 }), 1000)).toBe(false);
  });

  it("lets no cut be made while writes go on or are being stopped", () => {
    expect(holds({ state: "free" }, round(2), 0)).toBe(false);
    expect(holds({ state: "locking", ref: round(2) }, round(2), 0)).toBe(false);
  });

  it("is the same round only if backup, token and number are the same", () => {
    expect(sameRound(round(1), round(1))).toBe(true);
    expect(sameRound(round(1), round(2))).toBe(false);
    expect(sameRound(round(1), round(1, { backupId: "b2", token: 7 }))).toBe(false);
    expect(sameRound(round(1), round(1, { backupId: "b1", token: 8 }))).toBe(false);
  });
});

type Kind = "see" | "begin" | "end";

/** A token belongs to one backup, as the agency makes them. */
const step = fc.record({
  kind: fc.constantFrom<Kind>("see", "begin", "end"),
  ref: fc
    .record({ token: fc.integer({ min: 1, max: 3 }), round: fc.integer({ min: 1, max: 4 }) })
    .map(({ token, round }) => ({ backupId: `b${token}`, token, round })),
});

function take(fence: Fence, kind: Kind, ref: RoundRef): { next: Fence; isRefused: boolean } {
  const transition = { see: seeRun, begin: beginRound, end: endRounds }[kind];
  try {
    return { next: transition(fence, ref), isRefused: false };
  } catch {
    return { next: fence, isRefused: true };
  }
}

interface Model {
  token: number;
  newest: number;
  ended: number;
}

function mustRefuse(model: Model, kind: Kind, { token, round }: RoundRef): boolean {
  if (kind === "end") return false;
  if (kind === "see" || token !== model.token) return token < model.token;
  return round < model.newest || round <= model.ended;
}

function remember(model: Model, kind: Kind, { token, round }: RoundRef): void {
  if (token < model.token) return;
  if (token > model.token) Object.assign(model, { token, newest: 0, ended: 0 });
  if (kind === "begin") model.newest = round;
  if (kind === "end") model.ended = Math.max(model.ended, round);
}
