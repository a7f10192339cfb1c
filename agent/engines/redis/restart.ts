// Stops and starts the Redis server for a restore, and sees that it works on the whole of the data that it was given: Redis
// starts without a word on less, or on nothing.
import { StillpointError } from "../../../proto/errors.ts";
import type { EngineState } from "../engine.ts";
import { startGated, stopGated } from "../gated-server.ts";
import { type ServerCommands, type ServerLimits, startByCommand, stopByCommand } from "../server-commands.ts";
import { refusalIn } from "./connection.ts";
import { aofLengths, shorter } from "./data-files.ts";
import type { RedisServer } from "./server.ts";
import { readInfo } from "./server-info.ts";

export interface RestartedServer extends ServerCommands {
  server: RedisServer;
  dataDir: string;
  inspect(signal: AbortSignal): Promise<EngineState>;
}

export async function stopRedis(restarted: RestartedServer, limits: ServerLimits): Promise<void> {
  if (hasCommands(restarted)) await stopByCommand(restarted, limits);
  else await stopGated(gated(restarted), limits);
  await restarted.server.drop();
}

/** @throws StillpointError corrupt */
export async function startRedis(restarted: RestartedServer, limits: ServerLimits): Promise<void> {
  const given = await aofLengths(restarted.dataDir);
  const inspect = async (signal: AbortSignal) => {
    const state = await restarted.inspect(signal);
    if (state.version !== "") await mustBeWhole(restarted, given); // it has begun to load, at least
    return state;
  };
  if (hasCommands(restarted)) await startByCommand(restarted, inspect, limits);
  else await startGated(gated({ ...restarted, inspect }), limits);
  await mustUseAof(restarted, given.size > 0);
}

async function mustBeWhole({ dataDir }: RestartedServer, given: Map<string, number>): Promise<void> {
  const cut = shorter(given, await aofLengths(dataDir));
  if (cut === undefined) return;
  const message = `the server could not read the end of "${cut}" and has cut it off: its log says where`;
  throw new StillpointError("corrupt", message);
}

/** With AOF it starts on nothing if there is none; without, it does not look at one. */
async function mustUseAof({ server }: RestartedServer, isGiven: boolean): Promise<void> {
  const { aof } = await readInfo(await server.connect(), server);
  if ((aof !== undefined) === isGiven) return;
  const [data, setting] = isGiven ? ["an AOF", "no"] : ["no AOF", "yes"];
  throw new StillpointError("corrupt", `the data has ${data}, and the server was started with appendonly ${setting}`, {
    hint: "start it with the setting of appendonly that it had when the backup was taken (docs/ENGINES.md)",
  });
}

function hasCommands({ stopServer, startServer }: ServerCommands): boolean {
  return stopServer !== undefined || startServer !== undefined;
}

function gated({ server, dataDir, inspect }: RestartedServer) {
  return { dataDir, inspect, isUp: () => server.isUp(), shutDown: () => shutDown(server) };
}

/** What it has in memory only goes to disk first: it is the data that a restore keeps in .failsafe. */
async function shutDown(server: RedisServer): Promise<void> {
  if (!(await server.isUp())) return;
  const connection = await server.connect();
  const { aof } = await readInfo(connection, server);
  const command = ["SHUTDOWN", aof === undefined ? "SAVE" : "NOSAVE"];
  await connection.ask(command, server).catch((error: unknown) => {
    if (refusalIn(error) !== undefined) throw error; // else: it has ended, as it was told
  });
}
