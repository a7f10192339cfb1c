// One agent at a time may stop a server's writes, since CLIENT UNPAUSE of one would end the pause of another. Whoever holds
// them is subscribed to a channel; the server itself forgets that when the connection ends. It costs the server nothing,
// however many clients it has.
import { StillpointError } from "../../../proto/errors.ts";
import { type AskLimits, connectionName, type RedisConnection } from "./connection.ts";

export const holdChannel = "stillpoint:hold";
/** A holder is heard several times a second: one that has been silent for so long hangs, and its pause is over. */
const silentForS = 3;

/** @throws StillpointError held-by-another. Of two that come at the same moment, both may be refused. */
export async function claimServer(connection: RedisConnection, limits: AskLimits): Promise<void> {
  try {
    const subscribing = connection.ask(["SUBSCRIBE", holdChannel], limits);
    const counting = connection.ask(["PUBSUB", "NUMSUB", holdChannel], limits);
    const [, count] = await Promise.all([subscribing, counting]);
    if (Array.isArray(count) && Number(count[1]) === 1) return;
    mustBeNone(connection, await otherHolders(connection, limits));
  } catch (error) {
    leaveServer(connection, limits).catch(() => {}); // it is done behind what was sent before, or the connection has ended
    throw error;
  }
}

function mustBeNone({ peer }: RedisConnection, [other]: readonly string[]): void {
  if (other === undefined) return;
  throw new StillpointError("held-by-another", `${peer}: another agent has stopped its writes (${other})`, {
    hint: "each server has one agent: look which process has that connection",
  });
}

export async function leaveServer(connection: RedisConnection, limits: AskLimits): Promise<void> {
  await connection.ask(["UNSUBSCRIBE", holdChannel], limits);
}

/** Where they are connected from, but for ourselves and for those that hang. Clients of other channels look alike. */
async function otherHolders(connection: RedisConnection, limits: AskLimits): Promise<string[]> {
  const [own, listed] = await Promise.all([
    connection.ask(["CLIENT", "ID"], limits),
    connection.ask(["CLIENT", "LIST", "TYPE", "pubsub"], limits),
  ]);
  const clients = String(listed).trim().split("\n").map(fieldsOf);
  return clients
    .filter((client) => client.get("id") !== String(own) && client.get("name") === connectionName)
    .filter((client) => Number(client.get("idle")) < silentForS)
    .map((client) => `client ${client.get("id")} at ${client.get("addr")}`);
}

function fieldsOf(line: string): Map<string, string> {
  const fields = line.split(" ").map((field) => field.split("="));
  return new Map(fields.map(([name = "", value = ""]) => [name, value]));
}
