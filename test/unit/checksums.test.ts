// SHA256SUMS keeps every name that a file can have. That the real sha256sum reads it is in seal.test.ts.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Checksums, formatChecksums, parseChecksums, sha256 } from "../../agent/checksums.ts";
import { errorOf } from "../support/error-of.ts";
import { oddNames } from "../support/file-tree.ts";

const sum = sha256("");
const parse = (text: string) => parseChecksums(text, "SHA256SUMS");

describe("SHA256SUMS", () => {
  it("is written as sha256sum writes it, by name", () => {
    const checksums: Checksums = new Map([
      ["plan.json", sum],
      ["data/line\nbreak", sum],
      ["data/CURRENT", sum],
    ]);
    expect(formatChecksums(checksums)).toBe(`${sum}  data/CURRENT\n\\${sum}  data/line\\nbreak\n${sum}  plan.json\n`);
  });

  it("is read as it was written, whatever the names are", () => {
    const part = fc.oneof(fc.string({ minLength: 1, unit: "binary" }), fc.constantFrom(...oddNames));
    const name = part.map((text) => text.replaceAll(/[/\0]/g, "_")).filter((text) => ![".", ".."].includes(text));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `data/${parts.join("/")}`);
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 10 }), (paths) => {
        const checksums: Checksums = new Map(paths.map((each) => [each, sha256(each)]));
        expect(parse(formatChecksums(checksums))).toEqual(new Map([...checksums].sort(byName)));
      }),
      { numRuns: 200 },
    );
  });

  it("may have the mark of binary mode, and no line at all", () => {
    expect(parse(`${sum} *data/CURRENT\n`)).toEqual(new Map([["data/CURRENT", sum]]));
    expect(parse("")).toEqual(new Map());
  });

  it.each(["", "..", "../x", "data", "/data/x", "data/../x", "data/x/..", "datax/y", "plan.json/x", "META.json"])(
    "is refused with the path %j, which is none of a piece",
    (path) => {
      expect(errorOf(() => parse(`${sum}  ${path}\n`))?.reason).toBe("corrupt");
    },
  );

  it("never gives anything but checksums or an error that a person can act on", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const error = errorOf(() => parse(text));
        if (error !== undefined) expect(error.reason).toBe("corrupt");
      }),
    );
  });
});

function byName([left]: [string, string], [right]: [string, string]): number {
  return left < right ? -1 : 1;
}
