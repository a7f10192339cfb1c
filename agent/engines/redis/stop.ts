// How the writes of a Redis server are stopped.
//
//   1 see that it is a primary, and wait for a save that is in the way; writes go on
//   2 be its only agent
//   3 pause writes
//   4 wait until all that was acknowledged is in the AOF
import { setTimeout as sleep } from "node:timers/promises";
import { cancelledBy } from "../../../proto/call.ts";
import { StillpointError } from "../../../proto/errors.ts";
import type { StopRequest } from "../engine.ts";
import type { AofBuffer } from "./aof-buffer.ts";
import { busy, isBusy, runningSave, runningScript, somethingLong } from "./blocker.ts";
import { type AskLimits, isSilent, type RedisConnection } from "./connection.ts";
import { stateProblem } from "./inspect.ts";
import { Pause } from "./pause.ts";
import type { RedisServer } from "./server.ts";
import { readInfo, type ServerInfo } from "./server-info.ts";
import { claimServer } from "./sole-agent.ts";

export interface ServerToStop {
  server: RedisServer;
  buffer: AofBuffer;
  /** As it was when the piece was begun; undefined if there is none. */
  hasAof: boolean | undefined;
}

/** For an answer, beside the waiting that was asked for. */
const overheadMs = 1_000;
const lookEveryMs = 50;

export async function stopRedisWrites(toStop: ServerToStop, request: StopRequest, signal: AbortSignal): Promise<Pause> {
  const { server } = toStop;
  const limits = { timeoutMs: request.waitMs + overheadMs, signal };
  try {
    const connection = await server.connect();
    await becomesReady(connection, toStop, request, limits);
    await claimServer(connection, limits);
    return await pauseWrites(connection, toStop, request, limits);
  } catch (error) {
    if (isBusy(error)) throw busy(server, request, await runningScript(await server.connect(), server));
    throw isSilent(error) ? busy(server, request, somethingLong) : error;
  }
}

async function becomesReady(
  connection: RedisConnection,
  { hasAof }: ServerToStop,
  request: StopRequest,
  limits: AskLimits & { signal: AbortSignal },
): Promise<void> {
  const giveUpAt = performance.now() + request.waitMs;
  while (!limits.signal.aborted) {
    const info = await readInfo(connection, limits);
    mustBeUsable(connection, info, hasAof);
    if (info.aof !== undefined || !info.save.isRunning) return;
    if (performance.now() > giveUpAt) throw busy(connection, request, runningSave(info.save));
    await sleep(lookEveryMs, undefined, { signal: limits.signal }).catch(() => {}); // the loop looks at the signal
  }
  throw cancelledBy(limits.signal);
}

async function pauseWrites(
  connection: RedisConnection,
  { server, buffer, hasAof }: ServerToStop,
  { lockId, waitMs, holdMs }: StopRequest,
  limits: AskLimits & { signal: AbortSignal },
): Promise<Pause> {
  const pause = new Pause(connection, lockId, waitMs + overheadMs + holdMs, server.timeoutMs);
  try {
    const info = await pause.begin(limits);
    mustBeUsable(connection, info, hasAof);
    await buffer.writeOut(connection, info, { waitMs, ...limits });
    if (limits.signal.aborted) throw cancelledBy(limits.signal);
    pause.holdFor(holdMs);
    return pause;
  } catch (error) {
    await pause.resume();
    throw error;
  }
}

function mustBeUsable({ peer }: RedisConnection, info: ServerInfo, hasAof: boolean | undefined): void {
  const problem = stateProblem(info);
  if (problem !== undefined) throw new StillpointError("invalid", `${peer}: ${problem}`, { hint });
  if (hasAof === undefined || hasAof === (info.aof !== undefined)) return;
  throw new StillpointError("invalid", `${peer}: its AOF was turned ${hasAof ? "off" : "on"} during the backup`, {
    hint,
  });
}

const hint = "mend that, then take the backup again";
