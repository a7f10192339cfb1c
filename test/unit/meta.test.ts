// META.json is read as it was written, or refused; whatever stands in it, nothing else happens.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HoldReport } from "../../agent/lock-session.ts";
import { type Meta, metaFromJson, metaToJson, provesCut } from "../../agent/meta.ts";
import { errorOf } from "../support/error-of.ts";

const hold: HoldReport = {
  round: 2,
  askedAt: new Date("2026-11-22T15:04:05.100Z"),
  heldAt: new Date("2026-11-22T15:04:05.200Z"),
  endedAt: new Date("2026-11-22T15:04:05.300Z"),
  lockWaitMs: 100.25,
  heldMs: 99.75,
  stallMs: 200,
  unbroken: true,
  endedBy: "snapshot",
  longestBlockedWriteMs: 12,
};

const meta: Omit<Meta, "formatVersion"> = {
  id: "2026-11-22T15.04.05.123Z_nightly",
  label: "nightly",
  serverId: "db1",
  serverIds: ["db1", "db2"],
  createdAt: new Date("2026-11-22T15:04:05.123Z"),
  agentVersion: "0.1.0",
  engine: "grpc",
  engineVersion: "",
  layout: "leveldb",
  token: 7,
  planRevision: 12,
  potentiallyInconsistent: false,
  files: 3,
  bytes: 4096,
  hold,
  snapshotMs: 0.75,
  cutAt: new Date("2026-11-22T15:04:05.250Z"),
  checksumsSha256: "0123456789abcdef".repeat(4),
};

const read = (text: string) => metaFromJson(text, "META.json");

describe("META.json", () => {
  it("is read as it was written", () => {
    expect(read(metaToJson(meta))).toEqual({ formatVersion: 1, ...meta });
  });

  it("is read as it was written without a hold, and with one that never stopped writes", () => {
    const { hold: _, ...without } = meta;
    expect(read(metaToJson(without))).toEqual({ formatVersion: 1, ...without });
    const { heldAt: __, ...neverHeld } = hold;
    expect(read(metaToJson({ ...meta, hold: neverHeld })).hold).toEqual(neverHeld);
  });

  it("is text that a person can read", () => {
    expect(metaToJson(meta).split("\n")).toContain('  "label": "nightly",');
    expect(metaToJson(meta).endsWith("}\n")).toBe(true);
  });

  it("of a newer format is refused as such, whatever else it has, with what to do", () => {
    const error = errorOf(() => read('{"formatVersion": 2, "id": 3}'));
    expect(error).toMatchObject({ reason: "version", message: "META.json has format 2, this version knows 1" });
    expect(error?.hint).toContain("install the version of Stillpoint");
  });

  it("ignores what it does not know", () => {
    expect(read(JSON.stringify({ formatVersion: 1, ...meta, comment: "by hand" }))).toEqual({
      formatVersion: 1,
      ...meta,
    });
  });

  it.each([
    ["nothing", ""],
    ["half of it", metaToJson(meta).slice(0, 200)],
    ["no object", "[1]"],
    ["null", "null"],
    ["no format", JSON.stringify(meta)],
    ["an older format", JSON.stringify({ ...meta, formatVersion: 0 })],
    ["a field too few", JSON.stringify({ formatVersion: 1, ...meta, token: undefined })],
    ["a negative number", JSON.stringify({ formatVersion: 1, ...meta, bytes: -1 })],
    ["a number that is none", JSON.stringify({ formatVersion: 1, ...meta, snapshotMs: Number.NaN })],
    ["a date that is none", JSON.stringify({ formatVersion: 1, ...meta, cutAt: "yesterday" })],
    ["no servers", JSON.stringify({ formatVersion: 1, ...meta, serverIds: [] })],
    ["a checksum that is none", JSON.stringify({ formatVersion: 1, ...meta, checksumsSha256: "abc" })],
    ["an end of the hold that is none", JSON.stringify({ formatVersion: 1, ...meta, hold: { ...hold, endedBy: "x" } })],
  ])("with %s is corrupt", (_what, text) => {
    expect(errorOf(() => read(text))?.reason).toBe("corrupt");
  });

  it("never makes anything but a Meta or an error that a person can act on, from any JSON", () => {
    const json = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    fc.assert(fc.property(json, readsOrRefuses), { numRuns: 500 });
  });

  it("never makes anything but a Meta or an error that a person can act on, from any bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each).toString());
    fc.assert(fc.property(bytes, readsOrRefuses), { numRuns: 500 });
  });

  it("never makes anything but a Meta or an error that a person can act on, from one value changed", () => {
    const keys = ["formatVersion", ...Object.keys(meta), ...Object.keys(hold)];
    const change = fc.record({ key: fc.constantFrom(...keys), value: fc.jsonValue() });
    fc.assert(
      fc.property(change, ({ key, value }) => {
        const isOfHold = key in hold;
        const changed = isOfHold ? { ...meta, hold: { ...hold, [key]: value } } : { ...meta, [key]: value };
        readsOrRefuses(JSON.stringify({ formatVersion: 1, ...changed }));
      }),
      { numRuns: 500 },
    );
  });
});

describe("the cut", () => {
  it("is proved by an unbroken hold around it", () => {
    expect(provesCut(meta)).toBe(true);
    expect(provesCut({ hold, cutAt: hold.heldAt as Date })).toBe(true);
    expect(provesCut({ hold, cutAt: hold.endedAt })).toBe(true);
  });

  it.each<[string, Partial<Meta>]>([
    ["without a hold", { hold: undefined }],
    ["by a hold that was broken", { hold: { ...hold, unbroken: false } }],
    ["by a hold that never stopped writes", { hold: { ...hold, heldAt: undefined } }],
    ["when it is before the hold", { cutAt: new Date("2026-11-22T15:04:05.199Z") }],
    ["when it is after the hold", { cutAt: new Date("2026-11-22T15:04:05.301Z") }],
  ])("is not proved %s", (_why, change) => {
    expect(provesCut({ ...meta, ...change })).toBe(false);
  });
});

/** What it accepts can be written and is read as the same again. */
function readsOrRefuses(text: string): void {
  const error = errorOf(() => {
    const { formatVersion: _, ...accepted } = read(text);
    expect(read(metaToJson(accepted))).toMatchObject(accepted);
  });
  if (error !== undefined) expect(["corrupt", "version"]).toContain(error.reason);
}
