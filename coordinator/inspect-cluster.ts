// Asks every agent whether a backup can succeed, before anything is done and before a single write is blocked.
import { StillpointError } from "../proto/errors.ts";
import type { DescribeResponse } from "../proto/gen/stillpoint/v1/DescribeResponse.ts";
import { formatBytes } from "../runtime/units.ts";
import { type Answer, mustAll } from "./fan-out.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";

/** What the agents say of themselves. @throws StillpointError that names the server and what to do */
export async function inspectCluster(
  agents: AgentPort[],
  { backupId }: Pick<Run, "backupId">,
  { report }: Ports,
  signal: AbortSignal,
): Promise<Answer<DescribeResponse>[]> {
  const described = await mustAll(agents, (agent) => agent.describe(true, signal));
  for (const { agent, value } of described) {
    mustBeItself(agent, value);
    mustBeReady(agent.serverId, value);
    mustHaveSpace(agent.serverId, backupId, value);
    const { dataFiles, dataBytes } = value;
    report({ step: "inspected", serverId: agent.serverId, dataFiles, dataBytes });
  }
  return described;
}

/** "" if the agent is that of the server for which the Plan names it. */
export function problemOfIdentity({ serverId, address }: AgentPort, found: DescribeResponse): string {
  if (found.serverId === serverId) return "";
  return `the agent at "${address}" is of server "${found.serverId}", the Plan says it is of "${serverId}"`;
}

function mustBeItself(agent: AgentPort, found: DescribeResponse): void {
  const problem = problemOfIdentity(agent, found);
  if (problem === "") return;
  const hint = "mend Plan/DBServers (stillpoint plan apply FILE) or the agent's configuration";
  throw new StillpointError("topology", problem, { hint });
}

function mustBeReady(
  serverId: string,
  { healthy, problem, sameFilesystem, dataDir, pendingRestore }: DescribeResponse,
) {
  if (!healthy) {
    const hint = "look whether the database server runs, and at its agent's log";
    throw new StillpointError("unreachable", `server "${serverId}" is not ready: ${problem}`, { hint });
  }
  if (!sameFilesystem) {
    const where = `"${dataDir}" and "${dataDir}/backups"`;
    throw new StillpointError("cross-device", `server "${serverId}": ${where} are on two file systems`);
  }
  if (pendingRestore !== "") {
    throw new StillpointError("topology", `server "${serverId}" has an unfinished restore of "${pendingRestore}"`, {
      hint: `stillpoint restore ${pendingRestore} does it again, on all servers`,
    });
  }
}

function mustHaveSpace(serverId: string, backupId: string, found: DescribeResponse): void {
  const { freeBytes, neededBytes, freeInodes, neededInodes } = found;
  const refuse = (needs: string, has: string) => {
    throw new StillpointError(
      "no-space",
      `no space for backup "${backupId}" on server "${serverId}": needs ${needs}, has ${has} free`,
    );
  };
  if (freeBytes < neededBytes) refuse(formatBytes(neededBytes), formatBytes(freeBytes));
  if (freeInodes >= 0 && freeInodes < neededInodes) refuse(`${neededInodes} inodes`, `${freeInodes}`);
}
