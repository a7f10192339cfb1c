// One line for what was looked at: whether it holds, and what was found.
import type { Look } from "../output.ts";

interface Finding {
  says: string;
  outcome: "holds" | "warning" | "broken" | "skipped";
  found: string;
}

export function findingLine({ says, outcome, found }: Finding, { paint }: Look): string {
  switch (outcome) {
    case "holds":
      return `${paint("green", "✓")} ${says}: ${paint("dim", found)}`;
    case "warning":
      return `${paint("yellow", "!")} ${says}: ${paint("yellow", found)}`;
    case "broken":
      return `${paint("red", "✗")} ${says}: ${paint("red", found)}`;
    case "skipped":
      return paint("dim", `– ${says}: ${found}`);
  }
}
