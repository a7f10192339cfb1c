// The verdict of the conformance kit as a summary and as JSON.

import type { AgentConfig } from "../../agent/config.ts";
import type { CaseResult, Verdict } from "../../agent/conformance/run-kit.ts";
import { formatCount, formatMs } from "../format.ts";
import type { Look } from "../output.ts";

export type VerdictDocument = ReturnType<typeof verdictDocument>;

export function verdictDocument({ server, engine }: AgentConfig, verdict: Verdict) {
  const { version, results, stall = null, writesStopped } = verdict;
  const passed = !results.some(({ outcome }) => outcome === "broken") && !writesStopped;
  return { server, engine: engine.kind, version, passed, writesStopped, cases: results, stall };
}

export function summaryText(
  { server, engine, cases, passed, stall, writesStopped }: VerdictDocument,
  look: Look,
): string {
  const of = (outcome: CaseResult["outcome"]) => cases.filter((each) => each.outcome === outcome).length;
  const counts = [`${of("holds") + of("warning")} of ${formatCount(cases.length, "case")} hold`];
  if (of("warning") > 0) counts.push(`${of("warning")} of them with a warning`);
  if (of("skipped") > 0) counts.push(`${of("skipped")} not looked at`);
  const lines = [];
  if (stall !== null) {
    const { stops, medianMs, p90Ms, maxMs, longestBlockedWriteMs } = stall;
    lines.push(
      `stall of ${formatCount(stops, "stop")}: median ${formatMs(medianMs)}, 90 % ${formatMs(p90Ms)}, longest ${formatMs(maxMs)}`,
    );
    if (longestBlockedWriteMs > 0)
      lines.push(`longest blocked write, as the server says: ${formatMs(longestBlockedWriteMs)}`);
  }
  if (writesStopped)
    lines.push(look.paint("red", `WRITES ARE STILL STOPPED on server ${server}: let them go by hand, or restart it`));
  const verdict = passed ? look.paint("green", "fit for backups") : look.paint("red", "NOT FIT for backups");
  return [...lines, `engine ${engine} of server ${server}: ${verdict}; ${counts.join(", ")}`].join("\n");
}
