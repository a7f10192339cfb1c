// What --json prints, made of the coordinator's answers. The shapes are a promise: fields are added, never changed.
import { StillpointError, type WriteTransaction } from "../proto/errors.ts";
import type { Timestamp } from "../proto/gen/google/protobuf/Timestamp.ts";
import type { ApplyPlanResponse } from "../proto/gen/stillpoint/v1/ApplyPlanResponse.ts";
import type { Backup } from "../proto/gen/stillpoint/v1/Backup.ts";
import type { Claim } from "../proto/gen/stillpoint/v1/Claim.ts";
import type { Forecast } from "../proto/gen/stillpoint/v1/Forecast.ts";
import type { GetPlanResponse } from "../proto/gen/stillpoint/v1/GetPlanResponse.ts";
import type { GetStatusResponse } from "../proto/gen/stillpoint/v1/GetStatusResponse.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import type { ListBackupsResponse } from "../proto/gen/stillpoint/v1/ListBackupsResponse.ts";
import type { RestoreResult } from "../proto/gen/stillpoint/v1/RestoreResult.ts";
import type { RoundReport } from "../proto/gen/stillpoint/v1/RoundReport.ts";
import type { ServerPiece } from "../proto/gen/stillpoint/v1/ServerPiece.ts";
import type { ServerStatus } from "../proto/gen/stillpoint/v1/ServerStatus.ts";
import type { Verdict } from "../proto/gen/stillpoint/v1/Verdict.ts";

export type BackupJson = ReturnType<typeof backupJson>;
export type DetailedBackupJson = ReturnType<typeof detailedBackupJson>;
export type ForecastJson = ReturnType<typeof forecastJson>;
export type ListJson = ReturnType<typeof listJson>;
export type StatusJson = ReturnType<typeof statusJson>;
export type RestoreJson = ReturnType<typeof restoreJson>;

export function backupJson(backup: Backup) {
  return { ...summaryOf(backup), servers: backup.servers.map(serverJson), problems: backup.problems };
}

/** As backupJson, and the holds that the pieces were cut under. */
export function detailedBackupJson(backup: Backup) {
  const servers = backup.servers.map((server) => ({
    ...serverJson(server),
    engine: server.piece?.engine ?? null,
    engineVersion: server.piece?.engineVersion ?? null,
    cutAt: isoDate(server.piece?.cutAt),
    hold: holdJson(server.piece?.hold),
  }));
  return { ...summaryOf(backup), servers, problems: backup.problems };
}

/** What create --dry-run prints. */
export function forecastJson({ occasion, text, firstServerIds, waitMs, patienceMs, ...rest }: Forecast) {
  return {
    occasion,
    text,
    firstServerIds,
    waitMs,
    patienceMs,
    blockers: rest.blockers.map(transactionJson),
    silentServerIds: rest.silentServerIds,
    claim: claimJson(rest.claim),
  };
}

export function listJson({ backups, unreachable }: ListBackupsResponse) {
  return { backups: backups.map(backupJson), unreachable: unreachable.map(({ id, problem }) => ({ id, problem })) };
}

export function verdictJson({ id, valid, problems, files, bytes }: Verdict) {
  return { id, valid, problems, files, bytes };
}

export function restoreJson({ id, dryRun, planRevision, planChanges, servers }: RestoreResult) {
  return {
    id,
    dryRun,
    planRevision,
    planChanges,
    servers: servers.map((server) => ({
      id: server.id,
      pieceServerId: server.pieceServerId,
      failsafeDir: server.failsafeDir,
      downMs: server.downMs,
    })),
  };
}

export function statusJson({ coordinator, version, claim, planRevision, servers, jobs }: GetStatusResponse) {
  return {
    coordinator,
    version,
    claim: claimJson(claim),
    planRevision,
    servers: servers.map(serverStatusJson),
    jobs: jobs.map(({ backupId, phase, holder, unsettled }) => ({ backupId, phase, holder, unsettled })),
  };
}

function claimJson(claim: Claim | null | undefined) {
  if (!claim) return null;
  const { holder, backupId, since, token, purpose } = claim;
  return { holder, backupId, since: isoDate(since), token, purpose };
}

/** Values are JSON where they can be read as such, else text. */
export function planJson({ revision, entries }: GetPlanResponse) {
  return { revision, entries: Object.fromEntries(entries.map(({ key, value }) => [key, jsonOrText(value)])) };
}

export function appliedJson({ revision, written, removed }: ApplyPlanResponse) {
  return { revision, written, removed };
}

export function errorJson({ reason, message, hint, blockers }: StillpointError) {
  return {
    error: {
      reason,
      message,
      hint,
      blockers: blockers.map(transactionJson),
    },
  };
}

function summaryOf(backup: Backup) {
  return {
    id: backup.id,
    label: backup.label,
    state: enumName(backup.state, "BACKUP_STATE_"),
    datetime: isoDate(backup.createdAt),
    sizeInBytes: backup.sizeInBytes,
    nrFiles: backup.nrFiles,
    nrDBServers: backup.nrDbServers,
    potentiallyInconsistent: backup.potentiallyInconsistent,
    planRevision: backup.planRevision,
    token: backup.token,
    deadTimeMs: backup.deadTimeMs,
    rounds: backup.rounds.map(roundJson),
  };
}

function roundJson({ round, outcome, waitMs, deadTimeMs, firstServerIds, blockers }: RoundReport) {
  return {
    round,
    outcome,
    waitMs,
    deadTimeMs,
    firstServerIds,
    blockers: blockers.map(transactionJson),
  };
}

function transactionJson({ serverId = "", id, ageMs, owner, description }: WriteTransaction) {
  return { serverId, id, ageMs, owner, description };
}

function serverJson({ piece: _, ...server }: ServerPiece) {
  const { id, present, problem, stallMs, lockWaitMs, heldMs, snapshotMs, longestBlockedWriteMs, files, bytes } = server;
  return { id, present, problem, stallMs, lockWaitMs, heldMs, snapshotMs, longestBlockedWriteMs, files, bytes };
}

function holdJson(hold: HoldReport | null | undefined) {
  if (!hold) return null;
  return {
    round: hold.round,
    askedAt: isoDate(hold.askedAt),
    heldAt: isoDate(hold.heldAt),
    endedAt: isoDate(hold.endedAt),
    lockWaitMs: hold.lockWaitMs,
    heldMs: hold.heldMs,
    stallMs: hold.stallMs,
    unbroken: hold.unbroken,
    endedBy: hold.endedBy,
    longestBlockedWriteMs: hold.longestBlockedWriteMs,
  };
}

/** What the agent did not tell is null: an agent that does not answer, an engine that does not know its transactions. */
function serverStatusJson({ id, agent, reachable, problem, state }: ServerStatus) {
  const openWrites = state?.knowsOpenWrites ? state.openWrites : null;
  const hold = state?.hold;
  return {
    id,
    agent,
    reachable,
    problem: problem || (state?.problem ?? ""),
    engine: state?.engine ?? null,
    engineVersion: state?.engineVersion ?? null,
    healthy: problem === "" && (state?.healthy ?? false),
    openWrites: openWrites?.length ?? null,
    oldestWriteMs: openWrites && Math.max(0, ...openWrites.map(({ ageMs }) => ageMs)),
    hold: hold
      ? {
          phase: enumName(hold.phase, "PHASE_"),
          backupId: hold.backupId,
          round: hold.round,
          heldMs: hold.heldMs,
          endsInMs: hold.endsInMs,
        }
      : null,
    freeBytes: state?.freeBytes ?? null,
    pieces: state?.pieces ?? null,
  };
}

/** The enum value without its prefix. One that this version does not know must not pass for one that it knows. */
function enumName<Prefix extends string, Value extends `${Prefix}${string}`>(value: Value, prefix: Prefix) {
  type Name = Value extends `${Prefix}${infer Rest}` ? Exclude<Rest, "UNSPECIFIED"> : never;
  if (typeof value === "string" && value !== `${prefix}UNSPECIFIED`) return value.slice(prefix.length) as Name;
  throw new StillpointError("version", `the coordinator sent ${prefix}"${value}", which this version does not know`, {
    hint: "use a stillpoint of the coordinator's version (stillpoint status shows it)",
  });
}

function isoDate(timestamp: Timestamp | null | undefined): string | null {
  return timestamp ? new Date(timestamp.seconds * 1000 + timestamp.nanos / 1e6).toISOString() : null;
}

function jsonOrText(value: Buffer): unknown {
  const text = value.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
