// Puts all servers of the cluster back to a backup, or none.
//
//   1 claim the cluster: no backup, restore or deletion meanwhile
//   2 find the backup, read today's Plan, and say which server gets which piece
//   3 stage on every server: check the piece, build the new data beside the old; servers go on working
//   4 flip every server: stop it, exchange the data by renames; it stays stopped
//   5 write the Plan of the backup, in a transaction that fails if the Plan changed since step 2
//   6 start every server and check it
//   7 finish: the old data stays in .failsafe
//
// If anything fails from step 3 on, every server gets its old data back before the first one is started again, and the Plan
// is put back too: no server ever works on the backup's data while another works on its old data. If this coordinator dies,
// whoever claims the cluster next goes on from the job (settle-restore.ts).
import { StillpointError } from "../proto/errors.ts";
import { quoted } from "../proto/names.ts";
import type { Claim } from "./agency/agency.ts";
import { mustAll, together } from "./fan-out.ts";
import { findBackup } from "./find-backup.ts";
import { byServer, type KnownBackup } from "./list-backups.ts";
import { changeBetween, parseDump, renameServers, serversOf } from "./plan.ts";
import type { AgentPort, Ports } from "./ports.ts";
import { type Restore, RestoreRun, type Target } from "./restore-run.ts";
import { claimCluster } from "./take-over.ts";

export interface RestoreRequest {
  id: string;
  dryRun: boolean;
  /** From a server of the backup to the server of today that gets its data; the others map to themselves. */
  serverMap: ReadonlyMap<string, string>;
  ignoreVersion: boolean;
  allowInconsistent: boolean;
}

export interface RestoreResult {
  id: string;
  dryRun: boolean;
  planRevision: number;
  planChanges: number;
  servers: { id: string; pieceServerId: string; failsafeDir: string; downMs: number }[];
}

export async function restoreBackup(request: RestoreRequest, ports: Ports, stop: AbortSignal): Promise<RestoreResult> {
  const { holder } = ports;
  await using claim = await claimCluster({ holder, backupId: request.id, purpose: "restore" }, ports, stop); // 1
  ports.report({ step: "claimed", backupId: request.id, token: claim.token });
  const signal = AbortSignal.any([stop, claim.signal]);

  const backup = await findBackup(request.id, ports, signal); // 2
  mustBeWhole(backup, request);
  const restore = await assign(backup, request, claim, ports, signal);

  if (request.dryRun) return await rehearse(restore, request, ports, signal);

  await using going = await RestoreRun.begin(restore, claim, ports);
  await stage(restore, request, ports, signal); // 3
  const flipped = await going.flip(signal); // 4
  const planRevision = await going.changePlan(signal); // 5
  const started = await going.start(); // 6
  await going.finish(); // 7
  return resultOf(restore, request, planRevision, flipped, started);
}

/** Every check of a restore, without any of its effects. */
async function rehearse(
  restore: Restore,
  request: RestoreRequest,
  ports: Ports,
  signal: AbortSignal,
): Promise<RestoreResult> {
  await stage(restore, request, ports, signal);
  return resultOf(restore, request, restore.plan.revision, new Map(), new Map());
}

function mustBeWhole({ id, state, problems }: KnownBackup, { allowInconsistent }: RestoreRequest): void {
  if (state === "BACKUP_STATE_PARTIAL") {
    throw new StillpointError("topology", `backup "${id}" is PARTIAL: ${problems.join("; ")}`, {
      hint: "bring the missing pieces or agents back; a backup is restored whole or not at all",
    });
  }
  if (state === "BACKUP_STATE_INCONSISTENT" && !allowInconsistent) {
    throw new StillpointError("topology", `backup "${id}" is INCONSISTENT: its pieces were taken without a lock`, {
      hint: "give --allow-inconsistent if you want it nevertheless",
    });
  }
}

async function assign(
  backup: KnownBackup,
  request: RestoreRequest,
  claim: Claim,
  ports: Ports,
  signal: AbortSignal,
): Promise<Restore> {
  const plan = await ports.agency.readPlan(signal);
  const agents = ports.connect(serversOf(plan));
  const targets = assignPieces(backup, agents, request.serverMap);
  const [source] = targets;
  const dump = parseDump(await (source as Target).agent.readDump(backup.id, signal));
  const map = new Map(targets.map(({ agent, pieceServerId }) => [pieceServerId, agent.serverId]));
  const change = changeBetween(plan, renameServers(dump.entries, map, plan));
  return { run: { backupId: backup.id, token: claim.token }, targets, agents, plan, change };
}

/** Every server of the backup gets a server of today, and every server of today a piece. */
function assignPieces(backup: KnownBackup, agents: AgentPort[], serverMap: ReadonlyMap<string, string>): Target[] {
  const today = byServer(agents);
  const pieceIds = backup.servers.map(({ id }) => id);
  const unknown = [...serverMap.keys()].filter((id) => !pieceIds.includes(id));
  if (unknown.length > 0)
    throw misfit(backup.id, `--map names ${unknown.map(quoted).join(", ")}, which is no server of the backup`);
  const targets = pieceIds.map((pieceServerId) => {
    const id = serverMap.get(pieceServerId) ?? pieceServerId;
    const agent = today.get(id);
    if (agent === undefined)
      throw misfit(backup.id, `its server "${pieceServerId}" has no server ${quoted(id)} in today's Plan`);
    return { agent, pieceServerId };
  });
  const taken = new Set(targets.map(({ agent }) => agent));
  const [idle] = agents.filter((agent) => !taken.has(agent));
  if (taken.size < targets.length) throw misfit(backup.id, "two of its servers map to the same server");
  if (idle !== undefined) throw misfit(backup.id, `today's server "${idle.serverId}" would get no data`);
  return targets;
}

function misfit(id: string, why: string): StillpointError {
  return new StillpointError("topology", `backup "${id}" does not fit the cluster: ${why}`);
}

async function stage({ run, targets, agents }: Restore, request: RestoreRequest, ports: Ports, signal: AbortSignal) {
  const pieceOf = new Map(targets.map(({ agent, pieceServerId }) => [agent, pieceServerId]));
  const { dryRun, ignoreVersion } = request;
  const stageOne = async (agent: AgentPort, either: AbortSignal) => {
    const { serverId } = agent;
    const pieceServerId = pieceOf.get(agent) ?? serverId;
    const onProgress = (doneBytes: number, totalBytes: number) =>
      ports.report({ step: "checking", serverId, doneBytes, totalBytes });
    await agent.stageRestore(run, { pieceServerId, dryRun, ignoreVersion }, onProgress, either);
    ports.report({ step: "staged", serverId, pieceServerId });
  };
  await mustAll(agents, together(signal, stageOne));
}

function resultOf(
  { run, targets, change }: Restore,
  { dryRun }: RestoreRequest,
  planRevision: number,
  flipped: Map<AgentPort, string>,
  started: Map<AgentPort, number>,
): RestoreResult {
  const servers = targets.map(({ agent, pieceServerId }) => ({
    id: agent.serverId,
    pieceServerId,
    failsafeDir: flipped.get(agent) ?? "",
    downMs: started.get(agent) ?? 0,
  }));
  return { id: run.backupId, dryRun, planRevision, planChanges: change.put.length + change.remove.length, servers };
}
