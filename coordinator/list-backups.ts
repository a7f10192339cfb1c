// What backups there are: the pieces that the agents have, put together. A backup is COMPLETE only if every one of its
// pieces is there, says the same of it, and proves its part of the cut.
import { messageOf } from "../proto/errors.ts";
import type { TimestampInput } from "../proto/gen/google/protobuf/Timestamp.ts";
import type { BackupInput } from "../proto/gen/stillpoint/v1/Backup.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import type { ServerPieceInput } from "../proto/gen/stillpoint/v1/ServerPiece.ts";
import { toDate, toTimestamp } from "../proto/time.ts";
import { type Answers, askAll } from "./fan-out.ts";
import { serversOf } from "./plan.ts";
import type { AgentPort, Ports } from "./ports.ts";
import { type BackupRecord, recordFromJson, stallOf } from "./record.ts";

export interface BackupList {
  /** Newest first. */
  backups: KnownBackup[];
  unreachable: { id: string; problem: string }[];
}

/** A backup as the contract has it, all of it that listing needs filled in. */
export type KnownBackup = Omit<BackupInput, "servers"> & {
  id: string;
  state: "BACKUP_STATE_COMPLETE" | "BACKUP_STATE_PARTIAL" | "BACKUP_STATE_INCONSISTENT";
  servers: KnownPiece[];
  problems: string[];
};

export type KnownPiece = Omit<ServerPieceInput, "id"> & {
  id: string;
  /** The server whose agent has the piece: another one than `id` if it was moved there for a restore. */
  foundOn: string | undefined;
  problem: string;
};

/** All backups, or the one with this id. */
export async function listBackups(ports: Ports, signal: AbortSignal, backupId = ""): Promise<BackupList> {
  const plan = await ports.agency.readPlan(signal);
  const agents = ports.connect(serversOf(plan));
  const listed = await askAll(agents, (agent) => agent.listPieces(backupId, signal));
  const records = await ports.agency.listRecords(signal);
  const unreachable = listed.failures.map(({ agent, error }) => ({ id: agent.serverId, problem: messageOf(error) }));
  const ids = new Set(listed.answers.flatMap(({ value }) => value.map((piece) => piece.backupId)));
  for (const id of records.keys()) if (backupId === "" || id === backupId) ids.add(id);
  const backups = [...ids]
    .sort()
    .reverse()
    .map((id) => assemble(id, listed, recordFromJson(records.get(id))));
  return { backups, unreachable };
}

interface FoundPiece {
  foundOn: string;
  piece: Piece;
}

function assemble(id: string, { answers, failures }: Answers<Piece[]>, record: BackupRecord | undefined): KnownBackup {
  const found = answers.flatMap(({ agent, value }) =>
    value.filter((piece) => piece.backupId === id).map((piece) => ({ foundOn: agent.serverId, piece })),
  );
  const [first] = found.filter(({ piece }) => piece.problem === "");
  const serverIds =
    first?.piece.serverIds ?? record?.servers.map((server) => server.id) ?? found.map(({ foundOn }) => foundOn);
  const unasked = new Map(failures.map(({ agent, error }) => [agent.serverId, messageOf(error)]));
  const servers = serverIds.map((serverId) => serverPiece(serverId, found, first?.piece, unasked, record));
  const problems = problemsOf(servers);
  const potentiallyInconsistent = found.some(({ piece }) => piece.potentiallyInconsistent);
  return {
    id,
    label: first?.piece.label ?? record?.label ?? "",
    state: stateOf(problems, potentiallyInconsistent),
    createdAt: first?.piece.createdAt ?? createdAtOf(record),
    sizeInBytes: sum(found, ({ piece }) => piece.bytes),
    nrFiles: sum(found, ({ piece }) => piece.files),
    nrDbServers: serverIds.length,
    potentiallyInconsistent,
    planRevision: first?.piece.planRevision ?? record?.planRevision ?? 0,
    token: first?.piece.token ?? record?.token ?? 0,
    deadTimeMs: record?.deadTimeMs ?? 0,
    rounds: record?.rounds ?? [],
    servers,
    problems,
  };
}

function createdAtOf(record: BackupRecord | undefined): TimestampInput | null {
  return record === undefined ? null : toTimestamp(new Date(record.createdAt));
}

function problemsOf(servers: KnownPiece[]): string[] {
  if (servers.length === 0) return ["nothing tells which servers it has"];
  return servers.filter(({ problem }) => problem !== "").map(({ id, problem }) => `server "${id}": ${problem}`);
}

function stateOf(problems: string[], potentiallyInconsistent: boolean): KnownBackup["state"] {
  if (problems.length > 0) return "BACKUP_STATE_PARTIAL";
  return potentiallyInconsistent ? "BACKUP_STATE_INCONSISTENT" : "BACKUP_STATE_COMPLETE";
}

function serverPiece(
  serverId: string,
  found: FoundPiece[],
  first: Piece | undefined,
  unasked: Map<string, string>,
  record: BackupRecord | undefined,
): KnownPiece {
  const mine = found.find(({ piece, foundOn }) => (piece.serverId || foundOn) === serverId);
  const recorded = record?.servers.find(({ id }) => id === serverId);
  if (mine === undefined) {
    const problem = unasked.get(serverId);
    const why = problem === undefined ? "its piece is missing" : `its agent cannot be asked: ${problem}`;
    return { ...recorded, id: serverId, foundOn: undefined, present: false, problem: why };
  }
  const { piece, foundOn } = mine;
  const stall = piece.hold ? stallOf(piece.hold) : { ...stallOf(undefined), ...recorded };
  const { snapshotMs, files, bytes } = piece;
  const problem = piece.problem || (first === undefined ? "" : disagreement(piece, first)) || cutProblem(piece);
  return { ...stall, id: serverId, foundOn, present: true, problem, snapshotMs, files, bytes, piece };
}

/** All pieces must come from the same run: same token, same Plan, same servers. */
function disagreement(piece: Piece, first: Piece): string {
  if (piece.token !== first.token) return `its token is ${piece.token}, the others have ${first.token}`;
  if (piece.planRevision !== first.planRevision) {
    return `its Plan is of revision ${piece.planRevision}, that of the others ${first.planRevision}`;
  }
  if (piece.hold?.round !== first.hold?.round) return "its cut was made in another round than that of the others";
  return piece.serverIds.join() === first.serverIds.join() ? "" : "it names other servers than the others do";
}

/** The hold must have begun before the cut and ended after it, all by the clock of that one server. */
function cutProblem({ hold, cutAt, potentiallyInconsistent }: Piece): string {
  if (potentiallyInconsistent) return "";
  if (hold?.heldAt == null || hold.endedAt === null || cutAt === null)
    return "it does not say under which hold it was made";
  if (!hold.unbroken) return "its hold was broken";
  const isWithin = toDate(hold.heldAt) <= toDate(cutAt) && toDate(cutAt) <= toDate(hold.endedAt);
  return isWithin ? "" : "its cut was made outside of its hold";
}

function sum(found: FoundPiece[], of: (piece: FoundPiece) => number): number {
  return found.reduce((total, piece) => total + of(piece), 0);
}

/** The agents by their server's id. */
export function byServer(agents: AgentPort[]): Map<string, AgentPort> {
  return new Map(agents.map((agent) => [agent.serverId, agent]));
}
