// stillpoint agent --check: a line for each finding. The exit code is that of the first thing that is wrong.
import { checkStart, type StartFinding } from "../../agent/check-start.ts";
import type { AgentConfig } from "../../agent/config.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { asStillpointError } from "../report-error.ts";
import { findingLine } from "./finding-line.ts";

/** Returns the exit code. */
export async function checkAgent(config: AgentConfig, output: Output): Promise<number> {
  const findings: StartFinding[] = [];
  for await (const finding of checkStart(config)) {
    output.say((look) => findingLine(finding, look));
    findings.push(finding);
  }
  const broken = findings.find(({ outcome }) => outcome === "broken");
  const checks = findings.map(({ name, says, outcome, found }) => ({ name, says, outcome, found }));
  const verdict = broken === undefined ? "ready" : "NOT READY";
  output.result({ server: config.server, ready: broken === undefined, checks }, ({ paint }) => {
    return `agent of server ${config.server}: ${paint(broken === undefined ? "green" : "red", verdict)}`;
  });
  return broken === undefined ? 0 : exitCodes[asStillpointError(broken.error).reason];
}
