// What the algorithms of the coordinator know of the world: agents, agency, clock, and somebody to report to.
import type { WriteTransaction } from "../proto/errors.ts";
import type { DescribeResponse } from "../proto/gen/stillpoint/v1/DescribeResponse.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import type { SealRequestInput } from "../proto/gen/stillpoint/v1/SealRequest.ts";
import type { SnapshotResponse } from "../proto/gen/stillpoint/v1/SnapshotResponse.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Agency } from "./agency/agency.ts";
import type { ServerAddress } from "./plan.ts";

/** One run: a backup's id and the token of its claim. */
export interface Run {
  backupId: string;
  token: number;
}

/** Progress of slow work on one server, in bytes. */
export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/**
 * One server's agent. Errors are StillpointErrors; the transport's are `unreachable`.
 * What must be possible after a cancellation takes no signal.
 */
export interface AgentPort {
  readonly serverId: string;
  readonly address: string;
  describe(withFiles: boolean, signal: AbortSignal): Promise<DescribeResponse>;
  prepare(run: Run, signal: AbortSignal): Promise<{ linkedFiles: number }>;
  lock(run: Run, request: LockOptions, signal: AbortSignal): Promise<{ lockWaitMs: number }>;
  snapshot(run: Run, options: SnapshotOptions, signal: AbortSignal): Promise<SnapshotResponse>;
  /** Null if this agent had no hold in that round. */
  release(run: Run, round: number): Promise<HoldReport | null>;
  storeDump(run: Run, round: number, dump: Buffer, signal: AbortSignal): Promise<void>;
  seal(run: Run, facts: SealFacts, onProgress: OnProgress, signal: AbortSignal): Promise<Piece>;
  commit(run: Run, signal: AbortSignal): Promise<void>;
  abort(run: Run, round: number): Promise<void>;
  listPieces(backupId: string, signal: AbortSignal): Promise<Piece[]>;
  verifyPiece(
    backupId: string,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<{ piece: Piece; problems: string[] }>;
  readDump(backupId: string, signal: AbortSignal): Promise<Buffer>;
  deletePiece(run: Run, signal: AbortSignal): Promise<{ existed: boolean; bytes: number }>;
  stageRestore(run: Run, options: StageOptions, onProgress: OnProgress, signal: AbortSignal): Promise<Piece>;
  flipRestore(run: Run, signal: AbortSignal): Promise<{ failsafeDir: string }>;
  startRestored(run: Run, options: { undone: boolean }): Promise<{ downMs: number }>;
  undoRestore(run: Run): Promise<{ flippedBack: boolean }>;
  finishRestore(run: Run): Promise<void>;
}

/** What is asked of an agent to lock its server. */
export type LockingAgent = Pick<AgentPort, "serverId" | "describe" | "lock" | "release">;
export type LockingPorts = Pick<Ports, "clock" | "random" | "report">;

export interface LockOptions {
  round: number;
  waitMs: number;
  holdMs: number;
  abortBlockers: boolean;
}

export interface SnapshotOptions {
  round: number;
  withoutHold: boolean;
  /** No cut can come after this time: the holds have ended by then. */
  withinMs: number;
}

export type SealFacts = Omit<SealRequestInput, "run">;

export interface StageOptions {
  pieceServerId: string;
  dryRun: boolean;
  ignoreVersion: boolean;
}

export interface Ports {
  /** This coordinator's name, as others see it in the claim. */
  holder: string;
  agency: Agency;
  /** The agents that a Plan names. Keeps and shares connections. */
  connect: (servers: ServerAddress[]) => AgentPort[];
  clock: Clock;
  /** From 0 up to 1, for jitter. */
  random: () => number;
  report: (event: RunEvent) => void;
}

/** A write transaction in the way, with its server. */
export type Blocker = WriteTransaction & { serverId: string };

export function withServer(serverId: string, transactions: WriteTransaction[]): Blocker[] {
  return transactions.map((transaction) => ({ ...transaction, serverId }));
}

/** All that a run tells while it goes on. Durations in milliseconds. */
export type RunEvent =
  | { step: "settling"; backupId: string; phase: string; holder: string }
  | { step: "settled"; backupId: string; outcome: "aborted" | "finished" | "undone" }
  | { step: "settle-failed"; problem: string }
  | { step: "claimed"; backupId: string; token: number }
  | { step: "plan-read"; planRevision: number; serverIds: string[] }
  | { step: "inspected"; serverId: string; dataFiles: number; dataBytes: number }
  | { step: "prepared"; serverId: string; linkedFiles: number }
  | { step: "soft-wait"; blockers: Blocker[] }
  | { step: "round-started"; round: number; waitMs: number; firstServerIds: string[]; force: boolean }
  | { step: "server-locked"; serverId: string; round: number; lockWaitMs: number }
  | { step: "server-busy"; serverId: string; round: number; blockers: Blocker[] }
  | { step: "locked"; round: number }
  | { step: "released"; serverId: string; round: number; stallMs: number }
  | { step: "still-stopped"; serverId: string; round: number; problem: string }
  | { step: "release-failed"; serverId: string; round: number; problem: string }
  | { step: "round-ended"; round: number; outcome: RoundReport["outcome"]; deadTimeMs: number }
  | { step: "window"; ms: number }
  | { step: "snapshot"; serverId: string; stallMs: number; snapshotMs: number; deltaFiles: number }
  | { step: "taking-again"; reason: string }
  | { step: "taken-without-lock" }
  | { step: "dump-stored"; bytes: number }
  | { step: "sealing"; serverId: string; doneBytes: number; totalBytes: number }
  | { step: "sealed"; serverId: string; files: number; bytes: number }
  | { step: "committed"; serverId: string }
  | { step: "recorded"; backupId: string }
  | { step: "aborted"; serverId: string }
  | { step: "abort-failed"; serverId: string; problem: string }
  | { step: "checking"; serverId: string; doneBytes: number; totalBytes: number }
  | { step: "staged"; serverId: string; pieceServerId: string }
  | { step: "flipped"; serverId: string }
  | { step: "started"; serverId: string; downMs: number }
  | { step: "plan-restored"; changes: number; planRevision: number }
  | { step: "undone"; serverId: string }
  | { step: "undo-failed"; serverId: string; problem: string }
  | { step: "finished"; serverId: string }
  | { step: "finish-failed"; serverId: string; problem: string };

/** One try to lock all servers. */
export interface RoundReport {
  round: number;
  outcome: "held" | "busy" | "broken";
  waitMs: number;
  /** Sum of the stalls of all servers in this round. */
  deadTimeMs: number;
  /** Servers that were locked before the others. */
  firstServerIds: string[];
  blockers: Blocker[];
}
