// Whether the server lets our user do all that a backup needs, found out without doing any of it: in a transaction that is
// discarded, each command is refused, or queued and never run.
import { messageOf } from "../../../proto/errors.ts";
import { type AskLimits, type RedisConnection, refusalIn } from "./connection.ts";
import { holdChannel } from "./sole-agent.ts";

const needed: readonly (readonly string[])[] = [
  ["INFO", "server"],
  ["CLIENT", "PAUSE", "0", "WRITE"],
  ["CLIENT", "UNPAUSE"],
  ["CLIENT", "ID"],
  ["CLIENT", "LIST", "TYPE", "pubsub"],
  ["SUBSCRIBE", holdChannel],
  ["UNSUBSCRIBE", holdChannel],
  ["PUBSUB", "NUMSUB", holdChannel],
];
const neededWithoutAof: readonly (readonly string[])[] = [["BGSAVE"]];

/** What the server says of the first right that is missing; undefined if there are all. */
export async function missingRight(
  connection: RedisConnection,
  { hasAof }: { hasAof: boolean },
  limits: AskLimits,
): Promise<string | undefined> {
  const commands = hasAof ? needed : [...needed, ...neededWithoutAof];
  try {
    await inDiscarded(connection, [], limits); // else a server that refuses MULTI would run the others
    await inDiscarded(connection, commands, limits);
    return undefined;
  } catch (error) {
    if (refusalIn(error) !== "NOPERM") throw error;
    return `${messageOf(error)}; docs/ENGINES.md lists the rights that the agent needs`;
  }
}

/** All is sent at once, so that nothing else of ours comes in between. */
async function inDiscarded(
  connection: RedisConnection,
  commands: readonly (readonly string[])[],
  limits: AskLimits,
): Promise<void> {
  const all = [["MULTI"], ...commands, ["DISCARD"]].map((command) => connection.ask(command, limits));
  await Promise.allSettled(all);
  await Promise.all(all);
}
