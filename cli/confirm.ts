// Asks before something is lost. Only a person at a terminal is asked; a script has said what it wants.
import { createInterface } from "node:readline/promises";
import { StillpointError } from "../proto/errors.ts";

/** @throws StillpointError cancelled, if the answer is anything but yes */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  const leave = () => left.abort();
  terminal.once("SIGINT", leave).once("close", leave); // Ctrl-C, Ctrl-D
  const answer = await terminal.question(`${question} [y/N] `, { signal: left.signal }).catch((error: unknown) => {
    if (left.signal.aborted) return "\n";
    throw error;
  });
  terminal.close();
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new StillpointError("cancelled", "nothing was changed", { hint: "" });
}
