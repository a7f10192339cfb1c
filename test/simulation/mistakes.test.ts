// The simulation must find what it is there to find.
import { describe, expect, it } from "vitest";
import { findMistake } from "./find-mistakes.ts";
import { mistakes } from "./mistakes.ts";

const withinMs = 600_000;

describe("the simulation finds a known mistake:", () => {
  it.each(mistakes)("$name, within $withinSeeds seeds", { timeout: withinMs }, async (mistake) => {
    const { by } = await findMistake(mistake);
    expect(by).toBeDefined();
    expect(by?.invariant).not.toContain("the simulation itself");
  });
});
