// Writes and reads by commands of the configuration: `write` exits with 0 when one more write is acknowledged, `count` prints
// how many there are.
import { StillpointError } from "../../proto/errors.ts";
import { type Command, commandFailed, runCommand } from "../engines/run-command.ts";
import type { WriteProbe } from "./probe.ts";

export interface ProbeCommands {
  write: Command;
  count: Command;
  /** Longest time for each; a write may have to wait for the end of a hold. */
  timeoutMs: number;
}

export function commandProbe({ write, count, timeoutMs }: ProbeCommands): WriteProbe {
  const closed = new AbortController();
  const running = new Set<Promise<unknown>>();
  const outputOf = async (command: Command) => {
    const run = runCommand(command, { timeoutMs, signal: closed.signal });
    running.add(run);
    const result = await run.finally(() => running.delete(run));
    if (result.ended !== 0) throw commandFailed(command, result);
    return result.stdout.trim();
  };
  return {
    write: async () => void (await outputOf(write)),
    count: async () => numberIn(await outputOf(count)),
    close: async () => {
      closed.abort();
      await Promise.all(running);
    },
  };
}

function numberIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new StillpointError("invalid", `the command check.count printed ${JSON.stringify(text.slice(0, 100))}`, {
    hint: "it must print how many writes there are, one whole number and nothing else",
  });
}
