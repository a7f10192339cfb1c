// Writes to a Redis server and reads from it: a write adds 1 to a counter of ours, which goes in the end. Each has a connection of
// its own: what is asked behind a write that has to wait, waits too.
import { hasReason, StillpointError } from "../../proto/errors.ts";
import { type RedisAddress, RedisConnection, refusalIn } from "../engines/redis/connection.ts";
import type { WriteProbe } from "./probe.ts";

const counter = "stillpoint:engine-check";
const openWithinMs = 5_000;
const readWithinMs = 10_000;
/** A write may have to wait for the end of a hold. */
const writeWithinMs = 60_000;

export function redisProbe(address: RedisAddress): WriteProbe {
  const open = new Set<RedisConnection>();
  const ask = async (command: readonly string[], timeoutMs: number) => {
    const connection = await RedisConnection.open(address, openWithinMs);
    open.add(connection);
    try {
      return await connection.ask(command, { timeoutMs });
    } catch (error) {
      throw explained(error);
    } finally {
      open.delete(connection);
      connection.end();
    }
  };
  return {
    write: async () => void (await ask(["INCR", counter], writeWithinMs)),
    count: async () => Number(await ask(["GET", counter], readWithinMs)),
    close: async () => {
      for (const connection of open) connection.end();
      await ask(["DEL", counter], readWithinMs).catch((error: unknown) => {
        if (!hasReason(error, "unreachable", "invalid")) throw error; // it is gone, or never let us write
      });
    },
  };
}

/** The agent's own user should have no right to write. */
function explained(error: unknown): unknown {
  const refusal = refusalIn(error);
  if (!["NOPERM", "MOVED"].includes(refusal ?? "")) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StillpointError("invalid", message, {
    hint: `give check: { write: [redis-cli, …, INCR, KEY], count: [redis-cli, …, GET, KEY] } with a user and a key of this server`,
    cause: error,
  });
}
