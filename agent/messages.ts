// What the agent answers, as messages of the contract.
import type { DescribeResponseInput } from "../proto/gen/stillpoint/v1/DescribeResponse.ts";
import type { HoldReportInput } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import type { HoldStateInput } from "../proto/gen/stillpoint/v1/HoldState.ts";
import type { PieceInput } from "../proto/gen/stillpoint/v1/Piece.ts";
import type { SnapshotResponseInput } from "../proto/gen/stillpoint/v1/SnapshotResponse.ts";
import { toTimestamp } from "../proto/time.ts";
import type { Description } from "./agent.ts";
import type { Hold } from "./hold.ts";
import type { HoldReport } from "./lock-session.ts";
import type { Meta } from "./meta.ts";
import type { StoredPiece } from "./piece-store.ts";
import type { CutPiece } from "./run-piece.ts";

export function holdReportMessage(report: HoldReport | undefined): HoldReportInput | null {
  if (report === undefined) return null;
  const { askedAt, heldAt, endedAt, stillStopped = "", ...rest } = report;
  return {
    ...rest,
    stillStopped,
    askedAt: toTimestamp(askedAt),
    heldAt: heldAt === undefined ? null : toTimestamp(heldAt),
    endedAt: toTimestamp(endedAt),
  };
}

export function snapshotMessage({ cut, hold, snapshotMs }: CutPiece): SnapshotResponseInput {
  return {
    hold: holdReportMessage(hold),
    snapshotMs,
    deltaFiles: cut.deltaFiles,
    files: cut.files,
  };
}

export function metaMessage(meta: Meta): PieceInput {
  const { id, createdAt, hold, cutAt, formatVersion, agentVersion, layout, checksumsSha256, ...rest } = meta;
  return {
    ...rest,
    backupId: id,
    createdAt: toTimestamp(createdAt),
    hold: holdReportMessage(hold),
    cutAt: toTimestamp(cutAt),
  };
}

export function pieceMessage(piece: StoredPiece): PieceInput {
  return "meta" in piece ? metaMessage(piece.meta) : { backupId: piece.id, problem: piece.problem };
}

export function descriptionMessage(description: Description, now: number): DescribeResponseInput {
  const { state, hold, space, sameFilesystem, files, pieces, stagedIds, pendingRestore } = description;
  return {
    engineVersion: state.version,
    healthy: state.healthy,
    problem: state.problem,
    openWrites: state.openWrites ?? [],
    knowsOpenWrites: state.openWrites !== undefined,
    hold: holdStateMessage(hold, now),
    freeBytes: space.freeBytes,
    freeInodes: space.freeInodes ?? -1,
    ...files,
    sameFilesystem,
    pieces,
    stagedIds,
    pendingRestore,
  };
}

function holdStateMessage(hold: Hold, now: number): HoldStateInput {
  switch (hold.state) {
    case "free":
      return { phase: "PHASE_FREE" };
    case "locking":
      return { phase: "PHASE_LOCKING", backupId: hold.ref.backupId, round: hold.ref.round };
    case "held":
      return {
        phase: "PHASE_HELD",
        backupId: hold.ref.backupId,
        round: hold.ref.round,
        heldMs: now - hold.heldAt,
        endsInMs: Math.max(0, hold.expiresAt - now),
      };
  }
}
