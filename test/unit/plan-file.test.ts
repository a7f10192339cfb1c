// The Plan as a YAML file, there and back.
import { describe, expect, it } from "vitest";
import { formatPlanFile, parsePlanFile } from "../../cli/plan-file.ts";

const parse = (text: string) => parsePlanFile(text, "plan.yaml");
const problemOf = (text: string) => {
  try {
    return parse(text);
  } catch (error) {
    return (error as Error).message;
  }
};

describe("a Plan file", () => {
  it("gives a key for each entry of a section, with the JSON of its value", () => {
    const text = 'DBServers:\n  db1: { agent: "127.0.0.1:7421" }\n  db2: { agent: "127.0.0.1:7422", weight: 2 }\n';
    expect(parse(text)).toEqual([
      { key: "DBServers/db1", value: '{"agent":"127.0.0.1:7421"}' },
      { key: "DBServers/db2", value: '{"agent":"127.0.0.1:7422","weight":2}' },
    ]);
  });

  it("gives one key for a section that is a value or a list", () => {
    expect(parse("Version: 7\nNames: [a, b]")).toEqual([
      { key: "Version", value: "7" },
      { key: "Names", value: '["a","b"]' },
    ]);
  });

  it("may use anchors", () => {
    expect(parse("A: &it { x: { y: 1 } }\nB: *it\nC: { z: *it }")).toEqual([
      { key: "A/x", value: '{"y":1}' },
      { key: "B/x", value: '{"y":1}' },
      { key: "C/z", value: '{"x":{"y":1}}' },
    ]);
  });

  it.each([
    [
      "DBServers:\n  db1: {}\n  db/2: {}",
      'plan.yaml: line 3: "DBServers/db/2" is not a name: 1 to 200 of the characters',
    ],
    ["DBServers:\n  ..: {}", 'plan.yaml: line 2: "DBServers/.." is not a name'],
    ["../x: 1", 'plan.yaml: line 1: "../x" is not a name'],
    ["A: 1\n? [a, b]\n: 2", 'plan.yaml: line 2: "" is not a name'],
    ["A: 1\nDBServers: {}", "plan.yaml: line 2: DBServers is empty: a section must have an entry at least"],
    ["A: 1\nDBServers:", "plan.yaml: line 2: DBServers has no value"],
    ["A:\n  b:", "plan.yaml: line 2: A/b has no value"],
    ["A:\n  b: { c: .nan }", "plan.yaml: line 2: A/b has a number that JSON cannot carry exactly"],
    ["A:\n  b: [9007199254740993]", "plan.yaml: line 2: A/b has a number that JSON cannot carry exactly"],
    ["A: 1\nA: 2", "plan.yaml: map keys must be unique at line 2, column 1"],
    ["A: !!js/function x", "plan.yaml: unresolved tag"],
    ["- a", "plan.yaml: must be a mapping with a section at least, such as DBServers"],
    ["", "plan.yaml: must be a mapping with a section at least, such as DBServers"],
    ["{}", "plan.yaml: must be a mapping with a section at least, such as DBServers"],
  ])("%j is refused, with file, line and key", (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});

describe("a Plan that is printed", () => {
  it("is a file that can be applied, and gives the same keys", () => {
    const entries = {
      "DBServers/db1": { agent: "127.0.0.1:7421" },
      "DBServers/db2": { agent: "x: #1" },
      Names: ["a"],
      Version: 7,
    };
    const again = parse(formatPlanFile(entries)).map(({ key, value }) => [key, JSON.parse(value)]);
    expect(Object.fromEntries(again)).toEqual(entries);
  });

  it("keeps keys of more than two parts readable", () => {
    expect(formatPlanFile({ "a/b/c": 1, "a/d": "text" })).toBe("a:\n  b/c: 1\n  d: text");
  });
});
