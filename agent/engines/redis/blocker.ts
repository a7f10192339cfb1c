// What keeps a Redis server from stopping its writes. It does one thing at a time, so that is what it does now: a script
// that runs for long, or, where the cut is a save, a save in the background.
import { StillpointError, type WriteTransaction } from "../../../proto/errors.ts";
import type { StopRequest } from "../engine.ts";
import { type AskLimits, type RedisConnection, refusalIn } from "./connection.ts";
import type { SaveInfo } from "./server-info.ts";

export function isBusy(error: unknown): boolean {
  return refusalIn(error) === "BUSY";
}

/** Until its `busy-reply-threshold` the server does not even say that it is busy. */
export const somethingLong: WriteTransaction = {
  ...{ id: "command", ageMs: 0, owner: "" },
  description: "a command or script that the server has been busy with all the time",
};

/** What the server tells of the script that it is busy with: the name of a function, nothing of an EVAL. */
export async function runningScript(connection: RedisConnection, limits: AskLimits): Promise<WriteTransaction> {
  const script = { id: "script", ageMs: 0, owner: "", description: "a script (EVAL) that runs for long" };
  try {
    const stats = fieldsOf(await connection.ask(["FUNCTION", "STATS"], limits));
    const running = fieldsOf(stats.get("running_script"));
    const name = running.get("name");
    if (name === undefined) return script;
    return { ...script, ageMs: Number(running.get("duration_ms") ?? 0), description: `function "${name}"` };
  } catch {
    return script;
  }
}

export function runningSave({ runningForMs }: SaveInfo): WriteTransaction {
  return { id: "save", ageMs: runningForMs, owner: "", description: "a save in the background" };
}

/** Ends the script that runs, unless it has written: then the server would be left with half of it. Returns how many. */
export async function killScript(connection: RedisConnection, limits: AskLimits): Promise<number> {
  for (const kind of ["SCRIPT", "FUNCTION"]) {
    try {
      await connection.ask([kind, "KILL"], limits);
      return 1;
    } catch (error) {
      if (refusalIn(error) === undefined) throw error; // else: none runs, or it may not be killed, or not by us
    }
  }
  return 0;
}

export function busy({ peer }: { peer: string }, { waitMs }: StopRequest, blocker: WriteTransaction): StillpointError {
  const message = `${peer}: writes could not be stopped within ${waitMs} ms`;
  return new StillpointError("lock-busy", message, { blockers: [blocker] });
}

/** A map of RESP3 comes as an object or a Map; one of RESP2 as names and values by turns. */
function fieldsOf(reply: unknown): Map<string, unknown> {
  if (reply instanceof Map) return reply;
  if (!Array.isArray(reply)) return new Map(Object.entries(reply ?? {}));
  return new Map(reply.flatMap((name, index) => (index % 2 === 0 ? [[String(name), reply[index + 1]]] : [])));
}
