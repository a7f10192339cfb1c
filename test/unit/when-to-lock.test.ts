// When a round is worth its cost, and whom it locks first.
import { describe, expect, it } from "vitest";
import type { Seen } from "../../coordinator/open-writes.ts";
import type { Blocker } from "../../coordinator/ports.ts";
import { type Circumstances, planRound } from "../../coordinator/when-to-lock.ts";

function writeOn(serverId: string): Blocker {
  return { serverId, id: `t-${serverId}`, ageMs: 1000, owner: "", description: "" };
}

/** 16 servers: on `busy` ones something long is open, on `lasting` ones something that may become long. */
function planned({
  busy = [],
  lasting = [],
  restless = [],
  everBusy = [],
  servers = 16,
  ...rest
}: Partial<Omit<Circumstances, "look" | "seen"> & { servers: number }> &
  Partial<Record<"busy" | "lasting" | "restless" | "everBusy", string[]>>) {
  const long = busy.map(writeOn);
  const seen: Seen = { servers, everBusy: new Set([...busy, ...everBusy]), restless: new Set(restless) };
  const look = { long, lasting: [...long, ...lasting.map(writeOn)] };
  const plan = planRound({ look, seen, impatience: 0, cheapWaitMs: 6000, lastBusy: new Set(), ...rest });
  return plan && { ...plan, firstServerIds: [...plan.firstServerIds] };
}

const many = ["db1", "db2", "db3", "db4", "db5"];

describe("a calm moment", () => {
  it("is for locking all at once", () => {
    expect(planned({})).toEqual({ occasion: "calm", firstServerIds: [], onlyIfOthersAreCalm: false });
  });

  it("has those first that are lasting, if they are few", () => {
    expect(planned({ lasting: ["db1", "db2"] })?.firstServerIds).toEqual(["db1", "db2"]);
    expect(planned({ lasting: many })?.firstServerIds).toEqual([]);
  });

  it("has those first that were in the way of the round before", () => {
    expect(planned({ lastBusy: new Set(["db3"]) })?.firstServerIds).toEqual(["db3"]);
  });

  it("is one too when only restless servers are busy: the others are locked only if they still are calm", () => {
    expect(planned({ busy: ["db1"], restless: ["db1"], everBusy: many, cheapWaitMs: 0 })).toEqual({
      occasion: "calm",
      firstServerIds: ["db1"],
      onlyIfOthersAreCalm: true,
    });
  });

  it("is none when patience is over and restless servers are busy: the round does not end for others any more", () => {
    expect(planned({ busy: ["db1"], restless: ["db1"], impatience: 1, cheapWaitMs: 0 })).toEqual({
      occasion: "now",
      firstServerIds: ["db1"],
      onlyIfOthersAreCalm: false,
    });
  });
});

describe("while patience lasts", () => {
  it("hardly any busy server is tried once, if no other has been busy", () => {
    expect(planned({ busy: ["db1"] })).toEqual({
      occasion: "cheap",
      firstServerIds: ["db1"],
      onlyIfOthersAreCalm: true,
    });
    expect(planned({ busy: ["db1"], cheapWaitMs: 0 })).toBeUndefined();
    expect(planned({ busy: ["db1"], everBusy: ["db2"] })).toBeUndefined();
    expect(planned({ busy: ["db1", "db2"] })).toBeUndefined();
  });

  it("a busy server is not tried when its write is older than the try may take: it is not one of a series of short ones", () => {
    expect(planned({ busy: ["db1"], cheapWaitMs: 1001 })?.occasion).toBe("cheap");
    expect(planned({ busy: ["db1"], cheapWaitMs: 1000 })).toBeUndefined();
  });

  it("in a small cluster one server is not hardly any", () => {
    expect(planned({ busy: ["db1"], servers: 15 })).toBeUndefined();
  });

  it.each([
    { impatience: 0.74, busy: 1, isWorthIt: false },
    { impatience: 0.75, busy: 1, isWorthIt: true },
    { impatience: 0.75, busy: 2, isWorthIt: false },
    { impatience: 0.95, busy: 2, isWorthIt: true },
    { impatience: 0.99, busy: 3, isWorthIt: false },
    { impatience: 1, busy: 5, isWorthIt: true },
  ])("with $impatience of it gone, $busy busy servers of 16 are worth a round: $isWorthIt", ({ isWorthIt, ...now }) => {
    const plan = planned({ impatience: now.impatience, busy: many.slice(0, now.busy), cheapWaitMs: 0 });
    expect(plan !== undefined).toBe(isWorthIt);
  });

  it("two transactions on one server are two: a round waits for both", () => {
    const now = { impatience: 0.75, everBusy: many, cheapWaitMs: 0 };
    expect(planned({ ...now, busy: ["db1"] })?.occasion).toBe("choice");
    expect(planned({ ...now, busy: ["db1", "db1"] })).toBeUndefined();
    expect(planned({ ...now, busy: ["db1", "db1"], impatience: 0.95 })?.occasion).toBe("choice");
  });

  it("others are waited for one by one only where hardly anybody else becomes busy", () => {
    const choice = { impatience: 0.75, busy: ["db1"], cheapWaitMs: 0 };
    expect(planned(choice)).toEqual({ occasion: "choice", firstServerIds: ["db1"], onlyIfOthersAreCalm: false });
    expect(planned({ ...choice, everBusy: many })?.firstServerIds).toEqual([]);
  });
});
