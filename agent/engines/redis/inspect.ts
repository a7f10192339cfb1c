// Whether a Redis server can be backed up as it is, and if not, what a person should do.
import type { EngineState } from "../engine.ts";
import { isBusy, runningSave, runningScript } from "./blocker.ts";
import type { AskLimits, RedisConnection } from "./connection.ts";
import { aofProblem } from "./data-files.ts";
import { missingRight } from "./rights.ts";
import { readInfo, type ServerInfo } from "./server-info.ts";

const oldestVersion = 7;

/** A server that is busy with a script answers nothing else: that script is in the way of a stop, and nothing is wrong. */
export async function stateOf(connection: RedisConnection, dataDir: string, limits: AskLimits): Promise<EngineState> {
  try {
    const info = await readInfo(connection, limits);
    const problem = await problemOf(connection, dataDir, info, limits);
    const isInTheWay = info.aof === undefined && info.save.isRunning;
    return {
      healthy: problem === undefined,
      problem: problem === undefined ? "" : `${connection.peer}: ${problem}`,
      version: info.version,
      openWrites: isInTheWay ? [runningSave(info.save)] : [],
    };
  } catch (error) {
    if (!isBusy(error)) throw error;
    return { healthy: true, problem: "", version: "", openWrites: [await runningScript(connection, limits)] };
  }
}

/** What INFO alone tells; undefined if that is nothing bad. */
export function stateProblem({ version, isLoading, role, primary, aof, save }: ServerInfo): string | undefined {
  const isOld = Number.parseInt(version.replace(/^\D+/, ""), 10) < oldestVersion;
  if (isOld) return `it is version ${version}: Redis ${oldestVersion}.0 or later, or Valkey, is needed`;
  if (isLoading) return "it is loading its data";
  if (role !== "master") return `it is a replica: back up its primary ${primary} instead`;
  if (aof?.lastWriteOk === false) return "it could not write its AOF: look at its log, and at the space on its disk";
  if (aof === undefined && !save.lastOk) return "its last save failed: look at its log, and at the space on its disk";
  return undefined;
}

async function problemOf(
  connection: RedisConnection,
  dataDir: string,
  info: ServerInfo,
  limits: AskLimits,
): Promise<string | undefined> {
  const problem = stateProblem(info) ?? (await missingRight(connection, { hasAof: info.aof !== undefined }, limits));
  if (problem !== undefined || info.aof === undefined) return problem;
  return await aofProblem(dataDir, async () => (await readInfo(connection, limits)).aof);
}
