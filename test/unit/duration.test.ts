// Durations as people write them.
import { describe, expect, it } from "vitest";
import { parseAddress } from "../../runtime/address.ts";
import { parseDuration } from "../../runtime/duration.ts";

describe("a duration", () => {
  it.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["1.5s", 1_500],
    ["2.3m", 138_000],
    ["2 minutes", 120_000],
    [" 250ms ", 250],
    ["0", 0],
    ["0s", 0],
  ])("%j is %d milliseconds", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["5", "0.5", "120000"])("%j is refused, with the unit that it lacks", (text) => {
    expect(() => parseDuration(text)).toThrow(`must have a unit, such as ${text}ms or ${text}s`);
  });

  it.each(["", "  ", "abc", "5 apples", "NaN", "Infinity", "1e3s", "5s5s", "--5s", `${"9".repeat(200)}s`])(
    "%j is none",
    (text) => {
      expect(() => parseDuration(text)).toThrow("must be a duration, such as 500ms, 10s or 2m");
    },
  );

  it.each(["-1ms", "-5", "-1h"])("%j is refused for being negative", (text) => {
    expect(() => parseDuration(text)).toThrow("must not be negative");
  });

  it("is refused when it has parts of a millisecond, instead of being rounded to nothing", () => {
    expect(() => parseDuration("0.4ms")).toThrow("must be whole milliseconds");
  });

  it("is bounded, to an hour unless somebody allows more", () => {
    expect(() => parseDuration("3601s")).toThrow("must be 1h at most");
    expect(() => parseDuration("1y")).toThrow("must be 1h at most");
    expect(parseDuration("2h", { maxMs: 7_200_000 })).toBe(7_200_000);
    expect(() => parseDuration("0", { minMs: 1 })).toThrow("must be 1ms at least");
  });
});

describe("an address", () => {
  it("is a host and a port", () => {
    expect(parseAddress("127.0.0.1:7421")).toEqual({ host: "127.0.0.1", port: 7421 });
    expect(parseAddress("db-1.example:1")).toEqual({ host: "db-1.example", port: 1 });
    expect(parseAddress("[::1]:7421")).toEqual({ host: "::1", port: 7421 });
  });

  it.each(["", "host", ":7421", "host:", "host:x", "host:65536", "a:b:1", "::1:7421", "http://host:1", "host:1 "])(
    "is not %j",
    (text) => {
      expect(() => parseAddress(text)).toThrow("must be HOST:PORT");
    },
  );
});
