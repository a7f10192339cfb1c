// An agent that stops writes, says so, and then waits for what is done to it. Its argument is an Order as JSON; it ends with
// whoever started it.
import { messageOf } from "../../proto/errors.ts";
import { loadConfig } from "../../runtime/load-config.ts";
import { agentConfig } from "../config.ts";
import { engineOf } from "../engine-of.ts";
import type { StopRequest } from "../engines/engine.ts";

export interface Order {
  /** Where the configuration is, besides the variables. */
  file: string | undefined;
  otherVariables: readonly string[];
  request: StopRequest;
}

export type Report = { held: true } | { held: false; problem: string };

const { file, otherVariables, request } = JSON.parse(process.argv[2] ?? "") as Order;
const report = (message: Report) => process.send?.(message);

process.once("disconnect", () => process.exit());
try {
  const { engine } = engineOf(await loadConfig(agentConfig, { file, variables: process.env, otherVariables }));
  await engine.stopWrites(request, new AbortController().signal);
  report({ held: true });
} catch (error) {
  report({ held: false, problem: messageOf(error) });
}
