// The edge of the agent's service: what a request may say, and what it means inside.
import { z } from "zod";
import { StillpointError } from "../proto/errors.ts";
import type { LockRequest as LockMessage } from "../proto/gen/stillpoint/v1/LockRequest.ts";
import type { RunRef as RunMessage } from "../proto/gen/stillpoint/v1/RunRef.ts";
import type { SealRequest } from "../proto/gen/stillpoint/v1/SealRequest.ts";
import { maxDumpBytes } from "../proto/load.ts";
import { checkBackupId, checkLabel, quoted } from "../proto/names.ts";
import { toDate } from "../proto/time.ts";
import { formatBytes } from "../runtime/units.ts";
import type { BackupFacts, Run } from "./agent.ts";
import type { RoundRef } from "./hold.ts";
import type { LockRequest } from "./lock-session.ts";

const longestMs = 3_600_000;
const mostRounds = 1_000_000;
const mostServers = 10_000;
const firstDate = new Date("1970-01-01T00:00:00.000Z");
const lastDate = new Date("9999-12-31T23:59:59.999Z");

/** As the Plan may name a server; what is longer would make a META.json that nobody can read. */
const serverId = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, "must be ids of servers");
const wholeNumber = (least: number, most: number) => z.number().int().min(least).max(most);
const token = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const revision = wholeNumber(0, Number.MAX_SAFE_INTEGER);
const round = wholeNumber(1, mostRounds);
/** 0 is no round: it ends nothing that was ever locked, and means whichever cut there is. */
const roundOrNone = wholeNumber(0, mostRounds);
const wait = wholeNumber(0, longestMs);
const hold = wholeNumber(1, longestMs);
const serverIdList = z.array(serverId).min(1).max(mostServers);
const creationDate = z.date().min(firstDate).max(lastDate);

export function runOf(run: RunMessage | null): Run {
  if (run === null) throw new StillpointError("invalid", "run is missing", { hint: runHint });
  return {
    backupId: checkBackupId(run.backupId),
    token: check("run.token", run.token, token),
  };
}

export function roundOf(message: { run: RunMessage | null; round: number }): RoundRef {
  return { ...runOf(message.run), round: check("round", message.round, round) };
}

export function roundOrNoneOf(message: { run: RunMessage | null; round: number }): RoundRef {
  return { ...runOf(message.run), round: check("round", message.round, roundOrNone) };
}

export function lockOf(message: LockMessage): LockRequest {
  return {
    ...roundOf(message),
    waitMs: check("wait_ms", message.waitMs, wait),
    holdMs: check("hold_ms", message.holdMs, hold),
    abortBlockers: message.abortBlockers,
  };
}

export function dumpOf({ dump }: { dump: Buffer }): Buffer {
  if (dump.length <= maxDumpBytes) return dump;
  const hint = "a Plan holds addresses and settings, not data: look for keys that do not belong there";
  const message = `the dump has ${dump.length} bytes, more than ${formatBytes(maxDumpBytes)}`;
  throw new StillpointError("invalid", message, { hint });
}

export function factsOf(message: SealRequest): BackupFacts {
  const serverIds = check("server_ids", message.serverIds, serverIdList);
  if (message.createdAt === null) throw new StillpointError("invalid", "created_at is missing");
  return {
    label: checkLabel(message.label),
    createdAt: check("created_at", toDate(message.createdAt), creationDate),
    serverIds: serverIds.toSorted(),
    planRevision: check("plan_revision", message.planRevision, revision),
    potentiallyInconsistent: message.potentiallyInconsistent,
  };
}

const runHint = 'a run is {"backupId": "…", "token": …}, the token a number from 1 up, larger for a later run';

function check<Value>(field: string, value: unknown, schema: z.ZodType<Value>): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const hint = field.startsWith("run.") ? runHint : "grpcurl … describe shows what each field means";
  throw new StillpointError("invalid", `${field} is ${quoted(String(value))}: ${issue?.message}`, { hint });
}
