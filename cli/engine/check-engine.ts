// Runs the conformance kit for a person, or a program: a line for each case as it comes, and a summary.
import { connect } from "node:net";
import type { AgentConfig } from "../../agent/config.ts";
import { runKit } from "../../agent/conformance/run-kit.ts";
import { subjectOf } from "../../agent/conformance/subject-of.ts";
import { StillpointError } from "../../proto/errors.ts";
import { parseAddress } from "../../runtime/address.ts";
import type { Output } from "../output.ts";
import type { ConfigSource } from "../service.ts";
import { findingLine } from "./finding-line.ts";
import { summaryText, verdictDocument } from "./verdict.ts";

interface CheckEngineOptions {
  source: ConfigSource;
  restore: boolean;
  stops: number;
  signal: AbortSignal;
}

/** Returns whether all that was looked at holds. @throws StillpointError invalid */
export async function checkEngine(
  config: AgentConfig,
  { source, restore, stops, signal }: CheckEngineOptions,
  output: Output,
): Promise<boolean> {
  await mustHaveNoAgent(config.listen);
  const { file, otherVariables } = source;
  const subject = subjectOf(config, { file, otherVariables });
  try {
    const verdict = await runKit(subject, {
      mayRestore: restore,
      stops,
      onResult: (result) => output.say((look) => findingLine(result, look)),
      signal,
    });
    const document = verdictDocument(config, verdict);
    output.result(document, (look) => summaryText(document, look));
    return document.passed;
  } finally {
    await subject.probe.close();
  }
}

/** Two agents on one server would sweep away each other's pieces. */
async function mustHaveNoAgent(listen: string): Promise<void> {
  const { host, port } = parseAddress(listen);
  if (port === 0) return;
  const socket = connect({ host, port, timeout: 1_000 });
  const answers = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    for (const event of ["error", "timeout"]) socket.once(event, () => resolve(false));
  });
  socket.destroy();
  if (!answers) return;
  throw new StillpointError("invalid", `something listens on "${listen}": is it the agent of this server?`, {
    hint: "stop the agent, check the engine, and start it again",
  });
}
