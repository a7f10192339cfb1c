// An error, for a person or a program. Returns the exit code.
import { CommanderError } from "commander";
import { messageOf, StillpointError, type WriteTransaction } from "../proto/errors.ts";
import { ConfigError } from "../runtime/config-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { formatMs } from "./format.ts";
import { errorJson } from "./json.ts";
import type { Look, Output } from "./output.ts";
import { table } from "./table.ts";

export function reportError(error: unknown, output: Output): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help, --version
  const known = asStillpointError(error);
  if (output.json) output.result(errorJson(known), () => "");
  else output.say((look) => errorText(known, look));
  if (known !== error && isDebugging()) output.say(stackOf(error));
  return exitCodes[known.reason];
}

export function asStillpointError(error: unknown): StillpointError {
  if (error instanceof StillpointError) return error;
  if (error instanceof ConfigError) return new StillpointError("invalid", error.message, { hint: "", cause: error });
  if (error instanceof CommanderError) return usageError(error);
  const hint = isDebugging() ? "" : "set STILLPOINT_DEBUG=1 for the stack";
  return new StillpointError("internal", messageOf(error), { hint, cause: error });
}

/** Commander writes "error: unknown command 'lst'", and below it "(Did you mean list?)". */
function usageError({ code, message }: CommanderError): StillpointError {
  if (code === "commander.help") return new StillpointError("invalid", "no command was given");
  const [problem = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const hint = suggestion?.replace(/^\(D(.*)\)$/, "d$1");
  return new StillpointError("invalid", problem, hint === undefined ? {} : { hint });
}

function errorText({ message, hint, blockers }: StillpointError, look: Look): string {
  const lines = [`${look.paint("red", "error:")} ${message.replaceAll("\n", "\n       ")}`];
  if (blockers.length > 0) lines.push("", blockersTable(blockers, look), "");
  if (hint !== "") lines.push(`${look.paint("dim", "hint:")} ${hint}`);
  return lines.join("\n");
}

function blockersTable(blockers: readonly WriteTransaction[], look: Look): string {
  const rows = blockers.map(({ serverId, id, ageMs, owner, description }) => {
    return [serverId || "-", id, formatMs(ageMs), owner, description];
  });
  return table(["server", "transaction", { right: "open for" }, "owner", "doing"], rows, look);
}

function isDebugging(): boolean {
  return (process.env.STILLPOINT_DEBUG ?? "") !== "";
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
