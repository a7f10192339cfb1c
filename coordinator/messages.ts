// What the coordinator answers, as messages of the contract.
import type { BackupInput } from "../proto/gen/stillpoint/v1/Backup.ts";
import type { ClaimInput } from "../proto/gen/stillpoint/v1/Claim.ts";
import type { ForecastInput } from "../proto/gen/stillpoint/v1/Forecast.ts";
import type { RunEventInput } from "../proto/gen/stillpoint/v1/RunEvent.ts";
import { toTimestamp } from "../proto/time.ts";
import type { ClaimInfo } from "./agency/agency.ts";
import { eventText } from "./event-text.ts";
import type { Forecast } from "./forecast-backup.ts";
import type { KnownBackup } from "./list-backups.ts";
import type { RunEvent } from "./ports.ts";
import type { BackupRecord } from "./record.ts";

export function eventMessage(event: RunEvent, at: Date): RunEventInput {
  return {
    step: event.step,
    at: toTimestamp(at),
    ...("backupId" in event ? { backupId: event.backupId } : {}),
    ...("serverId" in event ? { serverId: event.serverId } : {}),
    ...("round" in event ? { round: event.round } : {}),
    ...("blockers" in event ? { blockers: event.blockers } : {}),
    ...("totalBytes" in event ? { doneBytes: event.doneBytes, totalBytes: event.totalBytes } : {}),
    ms: durationOf(event),
    text: eventText(event),
  };
}

/** The duration that matters most of an event, in milliseconds. */
function durationOf(event: RunEvent): number {
  switch (event.step) {
    case "round-started":
      return event.waitMs;
    case "server-locked":
      return event.lockWaitMs;
    case "released":
    case "snapshot":
      return event.stallMs;
    case "round-ended":
      return event.deadTimeMs;
    case "window":
      return event.ms;
    case "started":
      return event.downMs;
    default:
      return 0;
  }
}

export function backupMessage({ servers, ...backup }: KnownBackup): BackupInput {
  return { ...backup, servers: servers.map(({ foundOn: _, ...server }) => server) };
}

/** A backup that was just made: its record says all. */
export function recordMessage(record: BackupRecord): BackupInput {
  const { createdAt, potentiallyInconsistent, servers, ...rest } = record;
  return {
    ...rest,
    state: potentiallyInconsistent ? "BACKUP_STATE_INCONSISTENT" : "BACKUP_STATE_COMPLETE",
    potentiallyInconsistent,
    createdAt: toTimestamp(new Date(createdAt)),
    servers: servers.map((server) => ({ ...server, present: true })),
    sizeInBytes: servers.reduce((sum, { bytes }) => sum + bytes, 0),
    nrFiles: servers.reduce((sum, { files }) => sum + files, 0),
    nrDbServers: servers.length,
  };
}

export function forecastMessage({ claim, ...forecast }: Forecast): ForecastInput {
  return { ...forecast, claim: claimMessage(claim) };
}

export function claimMessage(claim: ClaimInfo | undefined): ClaimInput | null {
  return claim === undefined ? null : { ...claim, since: toTimestamp(claim.since) };
}
