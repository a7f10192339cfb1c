// What a person reads: sizes, durations, tables, and the text of backups and status.
import { describe, expect, it } from "vitest";
import { formatCount, formatDate, formatMs } from "../../cli/format.ts";
import { type Look, plain } from "../../cli/output.ts";
import { table } from "../../cli/table.ts";
import { nearest } from "../../runtime/nearest.ts";
import { formatBytes } from "../../runtime/units.ts";

describe("figures for people", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1_048_575, "1.0 MiB"],
    [3_328_599_654, "3.1 GiB"],
    [2 ** 60, "1024.0 PiB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, "0.0 ms"],
    [4.56, "4.6 ms"],
    [9_999.9, "9999.9 ms"],
    [12_345, "12.3 s"],
    [119_999, "120.0 s"],
    [179_600, "3 min 0 s"],
    [312_000, "5 min 12 s"],
  ])("%d ms are %s", (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it("are counted with their noun", () => {
    expect([1, 0, 1_234].map((count) => formatCount(count, "file"))).toEqual(["1 file", "0 files", "1,234 files"]);
  });

  it("are dates in UTC", () => {
    expect(formatDate("2026-11-22T15:04:05.123Z")).toBe("2026-11-22 15:04:05 UTC");
    expect(formatDate(null)).toBe("-");
  });
});

describe("a table", () => {
  const columns = ["server", { right: "stall" }];
  const rows = [
    ["db1", "4.5 ms"],
    ["database2", "10.5 ms"],
  ];

  it("is plain columns without a terminal", () => {
    expect(table(columns, rows, plain)).toBe("server       stall\ndb1         4.5 ms\ndatabase2  10.5 ms");
  });

  it("has a line under its head on a terminal", () => {
    const terminal: Look = { ...plain, isTerminal: true };
    expect(table(columns, rows, terminal).split("\n")[1]).toMatch(/^─+$/);
  });
});

describe("a suggestion", () => {
  it("is the nearest word, and none is made for a word that is like no other", () => {
    expect(nearest("engin", ["listen", "engine"])).toBe("engine");
    expect(nearest("dataDri", ["server", "dataDir"])).toBe("dataDir");
    expect(nearest("x", ["server", "dataDir"])).toBeUndefined();
  });
});
