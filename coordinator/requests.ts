// The edge of the coordinator's service: what a request may say, and what it means inside.
import { z } from "zod";
import { StillpointError } from "../proto/errors.ts";
import type { ApplyPlanRequest } from "../proto/gen/stillpoint/v1/ApplyPlanRequest.ts";
import type { CreateBackupRequest } from "../proto/gen/stillpoint/v1/CreateBackupRequest.ts";
import type { RestoreBackupRequest } from "../proto/gen/stillpoint/v1/RestoreBackupRequest.ts";
import { checkBackupId, checkLabel, quoted } from "../proto/names.ts";
import type { CoordinatorConfig } from "./config.ts";
import type { BackupRequest } from "./create-backup.ts";
import type { RestoreRequest } from "./restore-backup.ts";

const longestMs = 3_600_000;
const longestTimeoutMs = 24 * longestMs;

export type BackupDefaults = CoordinatorConfig["backup"];

export function backupRequestOf(message: CreateBackupRequest, defaults: BackupDefaults): BackupRequest {
  const given = <Field extends keyof BackupDefaults>(field: Field, least: number, most: number): number => {
    const value = message[field];
    return value === undefined ? defaults[field] : checkNumber(field, value, least, most);
  };
  return {
    label: message.label === "" ? undefined : checkLabel(message.label),
    timeoutMs: given("timeoutMs", 1, longestTimeoutMs),
    firstWaitMs: given("firstWaitMs", 1, longestMs),
    maxWaitMs: given("maxWaitMs", 1, longestMs),
    maxStallMs: given("maxStallMs", 0, longestMs),
    holdMs: given("holdMs", 1, longestMs),
    patience: given("patience", 0, 1),
    force: message.force,
    allowInconsistent: message.allowInconsistent,
  };
}

export function restoreRequestOf(message: RestoreBackupRequest): RestoreRequest {
  const { id, dryRun, serverMap, ignoreVersion, allowInconsistent } = message;
  return {
    id: checkBackupId(id),
    dryRun,
    serverMap: new Map(Object.entries(serverMap)),
    ignoreVersion,
    allowInconsistent,
  };
}

const planKey = /^[A-Za-z0-9._-]{1,200}(\/[A-Za-z0-9._-]{1,200}){0,15}$/;

export function planEntriesOf({ entries }: ApplyPlanRequest): { key: string; value: Buffer }[] {
  const [bad] = entries.filter(({ key }) => !planKey.test(key));
  if (bad !== undefined) {
    const hint = 'a key is of letters, digits, dots, dashes and underscores, its parts joined by "/": DBServers/db1';
    throw new StillpointError("invalid", `key ${quoted(bad.key)} is not allowed in the Plan`, { hint });
  }
  const keys = new Set<string>();
  for (const { key } of entries) {
    if (keys.has(key)) throw new StillpointError("invalid", `key ${quoted(key)} is given twice`);
    keys.add(key);
  }
  if (entries.length === 0) throw new StillpointError("invalid", "there is nothing to apply");
  return entries;
}

function checkNumber(field: string, value: number, least: number, most: number): number {
  const isWhole = field === "patience" ? z.number() : z.number().int();
  if (isWhole.min(least).max(most).safeParse(value).success) return value;
  throw new StillpointError("invalid", `${field} is ${value}: must be from ${least} to ${most}`);
}
