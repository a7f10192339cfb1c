// The record of a committed backup in the agency: what it is, and what it cost the writers. The pieces prove it; the
// record is what only the coordinator saw: rounds, dead time, the stalls of all servers side by side.
import { z } from "zod";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import type { SnapshotResponse } from "../proto/gen/stillpoint/v1/SnapshotResponse.ts";
import { parseJson } from "../runtime/json.ts";
import type { BackupRun } from "./run.ts";

const duration = z.number().nonnegative();
const count = z.number().int().nonnegative();

const blockerSchema = z.object({
  serverId: z.string(),
  id: z.string(),
  ageMs: duration,
  owner: z.string(),
  description: z.string(),
});

export const recordSchema = z.object({
  formatVersion: z.literal(1),
  id: z.string(),
  label: z.string(),
  createdAt: z.iso.datetime(),
  token: count,
  planRevision: count,
  potentiallyInconsistent: z.boolean(),
  /** Sum of the stalls of all servers in all rounds, in milliseconds. */
  deadTimeMs: duration,
  rounds: z.array(
    z.object({
      round: count,
      outcome: z.enum(["held", "busy", "broken"]),
      waitMs: duration,
      deadTimeMs: duration,
      firstServerIds: z.array(z.string()),
      blockers: z.array(blockerSchema),
    }),
  ),
  servers: z.array(
    z.object({
      id: z.string(),
      stallMs: duration,
      lockWaitMs: duration,
      heldMs: duration.default(0),
      longestBlockedWriteMs: duration.default(0),
      snapshotMs: duration,
      files: count,
      bytes: count,
    }),
  ),
});

export type BackupRecord = z.output<typeof recordSchema>;

export function recordOf(
  run: BackupRun,
  made: {
    planRevision: number;
    potentiallyInconsistent: boolean;
    sealed: Piece[];
    snapshots: Map<string, SnapshotResponse>;
    holds: Map<string, HoldReport>;
  },
): BackupRecord {
  const { backupId, token, label, createdAt, rounds } = run;
  const servers = made.sealed.map(({ serverId, files, bytes }) => {
    const snapshot = made.snapshots.get(serverId);
    const hold = made.holds.get(serverId) ?? snapshot?.hold;
    return { id: serverId, ...stallOf(hold), snapshotMs: snapshot?.snapshotMs ?? 0, files, bytes };
  });
  return {
    formatVersion: 1,
    id: backupId,
    label,
    createdAt: createdAt.toISOString(),
    token,
    planRevision: made.planRevision,
    potentiallyInconsistent: made.potentiallyInconsistent,
    deadTimeMs: rounds.reduce((sum, { deadTimeMs }) => sum + deadTimeMs, 0),
    rounds,
    servers,
  };
}

/** What a hold cost the writers; nothing, if there was none. */
export function stallOf(hold: HoldReport | null | undefined) {
  const { stallMs = 0, lockWaitMs = 0, heldMs = 0, longestBlockedWriteMs = 0 } = hold ?? {};
  return { stallMs, lockWaitMs, heldMs, longestBlockedWriteMs };
}

export function recordToJson(record: BackupRecord): string {
  return JSON.stringify(record);
}

/** Undefined if it cannot be read: the pieces still tell what matters. */
export function recordFromJson(json: string | undefined): BackupRecord | undefined {
  return json === undefined ? undefined : recordSchema.safeParse(parseJson(json)).data;
}
