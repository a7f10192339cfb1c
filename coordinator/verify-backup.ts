// Says what a backup is worth: every file of every piece is read and compared, and the pieces must show one cut and carry
// one and the same dump, which names their servers.
import { messageOf } from "../proto/errors.ts";
import { askAll } from "./fan-out.ts";
import { findBackup } from "./find-backup.ts";
import type { KnownBackup } from "./list-backups.ts";
import { parseDump, serversOf } from "./plan.ts";
import type { AgentPort, Ports } from "./ports.ts";

export interface Verdict {
  id: string;
  valid: boolean;
  /** A sentence for each thing that is wrong. */
  problems: string[];
  files: number;
  bytes: number;
}

export async function verifyBackup(id: string, ports: Ports, signal: AbortSignal): Promise<Verdict> {
  const backup = await findBackup(id, ports, signal);
  const agents = await agentsOf(backup, ports, signal);
  const problems = [...backup.problems];
  if (backup.potentiallyInconsistent) problems.push("its pieces were taken without a lock: they show no common cut");
  problems.push(...(await pieceProblems(id, agents, ports, signal)), ...(await dumpProblems(backup, agents, signal)));
  const present = backup.servers.filter((server) => server.present);
  const files = present.reduce((sum, server) => sum + Number(server.files ?? 0), 0);
  const bytes = present.reduce((sum, server) => sum + Number(server.bytes ?? 0), 0);
  return { id, valid: problems.length === 0, problems, files, bytes };
}

/** The agents that have a piece of it. */
async function agentsOf(backup: KnownBackup, ports: Ports, signal: AbortSignal): Promise<AgentPort[]> {
  const found = new Set(backup.servers.map(({ foundOn }) => foundOn));
  const agents = ports.connect(serversOf(await ports.agency.readPlan(signal)));
  return agents.filter(({ serverId }) => found.has(serverId));
}

async function pieceProblems(
  id: string,
  agents: AgentPort[],
  { report }: Ports,
  signal: AbortSignal,
): Promise<string[]> {
  const { answers, failures } = await askAll(agents, (agent) => {
    const { serverId } = agent;
    const onProgress = (doneBytes: number, totalBytes: number) =>
      report({ step: "checking", serverId, doneBytes, totalBytes });
    return agent.verifyPiece(id, onProgress, signal);
  });
  signal.throwIfAborted();
  return [
    ...answers.flatMap(({ agent, value }) => value.problems.map((problem) => `server "${agent.serverId}": ${problem}`)),
    ...failures.map(({ agent, error }) => `server "${agent.serverId}": ${messageOf(error)}`),
  ];
}

async function dumpProblems(backup: KnownBackup, agents: AgentPort[], signal: AbortSignal): Promise<string[]> {
  const { answers, failures } = await askAll(agents, (agent) => agent.readDump(backup.id, signal));
  signal.throwIfAborted();
  const unread = failures.map(({ agent, error }) => `server "${agent.serverId}": its dump: ${messageOf(error)}`);
  const [first] = answers;
  if (first === undefined) return unread;
  const different = answers.filter(({ value }) => !value.equals(first.value));
  return [
    ...unread,
    ...different.map(({ agent }) => `server "${agent.serverId}": its dump is not that of "${first.agent.serverId}"`),
    ...contentProblems(backup, first.value),
  ];
}

function contentProblems(backup: KnownBackup, bytes: Buffer): string[] {
  try {
    const dump = parseDump(bytes);
    const named = serversOf(dump).map(({ id }) => id);
    const has = backup.servers.map(({ id }) => id).sort();
    if (dump.planRevision !== backup.planRevision) {
      return [`the dump is of revision ${dump.planRevision}, the pieces say ${backup.planRevision}`];
    }
    return named.join() === has.join()
      ? []
      : [`the dump names the servers ${named.join(", ")}, the backup has ${has.join(", ")}`];
  } catch (error) {
    return [`the dump cannot be used: ${messageOf(error)}`];
  }
}
