// An agent in memory, on a virtual clock. Its locks are those of the real agent (fence and lock keeper) in front of a fake
// engine; its pieces are messages as they come off the wire.
import type { MethodDefinition } from "@grpc/proto-loader";
import { LockKeeper } from "../../agent/lock-keeper.ts";
import { holdReportMessage } from "../../agent/messages.ts";
import type {
  AgentPort,
  LockOptions,
  OnProgress,
  Run,
  SealFacts,
  SnapshotOptions,
  StageOptions,
} from "../../coordinator/ports.ts";
import { Agent } from "../../proto/agent-contract.ts";
import { StillpointError } from "../../proto/errors.ts";
import type { DescribeResponse } from "../../proto/gen/stillpoint/v1/DescribeResponse.ts";
import type { Piece, PieceInput } from "../../proto/gen/stillpoint/v1/Piece.ts";
import type { SnapshotResponse } from "../../proto/gen/stillpoint/v1/SnapshotResponse.ts";
import { toTimestamp } from "../../proto/time.ts";
import { FakeEngine } from "./fake-engine.ts";
import { FakeServer } from "./fake-server.ts";
import { type Call, FakeWire } from "./fake-wire.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export type AgentMethod = Exclude<keyof AgentPort, "serverId" | "address">;

export interface CommittedPiece {
  piece: Piece;
  dump: Buffer;
}

/** A piece that is not committed. */
interface StagedPiece extends Run {
  cut?: { cutAt: Date; answer: SnapshotResponse; written: string[] };
  dump?: Buffer;
  sealed?: Piece;
}

export interface FakeAgentOptions {
  serverId: string;
  clock: VirtualClock;
  calls: Call[];
  onServerChange: () => void;
}

const contract = Agent.service;
const forever = new AbortController().signal;
const stagedBytes = 1000;

export class FakeAgent implements AgentPort {
  readonly serverId: string;
  readonly address: string;
  readonly engine: FakeEngine;
  readonly server: FakeServer;
  readonly wire: FakeWire<AgentMethod>;
  /** What Describe says otherwise than it would. */
  readonly description: Partial<DescribeResponse> = {};
  readonly committed = new Map<string, CommittedPiece>();
  /** What VerifyPiece finds. */
  problems: string[] = [];
  /** Names of the writes so far, where a test gives them names; a cut remembers them. */
  readonly written: string[] = [];
  staged: StagedPiece | undefined;
  readonly #clock: VirtualClock;
  readonly #keeper: LockKeeper;

  constructor({ serverId, clock, calls, onServerChange }: FakeAgentOptions) {
    this.serverId = serverId;
    this.address = `${serverId}.example:7421`;
    this.#clock = clock;
    this.engine = new FakeEngine({ clock });
    this.#keeper = new LockKeeper(this.engine, clock, () => {});
    this.wire = new FakeWire(serverId, clock, calls);
    this.server = new FakeServer(onServerChange);
  }

  get writesAreStopped(): boolean {
    return this.#keeper.hold.state !== "free";
  }

  /** A write transaction that begins after a while, or when writes may go on, and is open for `ms`. */
  async transaction({ afterMs = 0, ms }: { afterMs?: number; ms: number }, onBegin = () => {}): Promise<void> {
    const { database } = this.engine;
    if (afterMs > 0) await this.#clock.sleep(afterMs, forever);
    const id = await database.begin("a client", "a long report");
    onBegin();
    await this.#clock.sleep(ms, forever);
    if (database.openWrites().some((open) => open.id === id)) database.end(id);
  }

  /** One transaction after the other, each `ms` long, for ever. */
  async keepBusy(ms: number): Promise<never> {
    for (;;) await this.transaction({ ms });
  }

  describe(withFiles: boolean, signal: AbortSignal) {
    return this.wire.carry("describe", { withFiles }, signal, async () => {
      const { openWrites = [], ...state } = await this.engine.inspect(signal);
      const message = { ...this.#description(), ...state, openWrites, ...this.description };
      return asReceived(contract.Describe, message);
    });
  }

  prepare(run: Run, signal: AbortSignal) {
    return this.wire.carry("prepare", ref(run), signal, async () => {
      await this.#keeper.see(run);
      this.staged = ref(run);
      return { linkedFiles: 7 };
    });
  }

  lock(run: Run, options: LockOptions, signal: AbortSignal) {
    const details = { ...ref(run), ...options };
    return this.wire.carry("lock", details, signal, () => this.#keeper.lock(details, signal));
  }

  snapshot(run: Run, { round, withoutHold, withinMs }: SnapshotOptions, signal: AbortSignal) {
    const details = { ...ref(run), round, withoutHold, withinMs };
    return this.wire.carry("snapshot", details, signal, async () => {
      const staged = this.#stagedOf(run);
      const cut = async () => ({ cutAt: this.#clock.date(), written: [...this.written] });
      const taken = withoutHold
        ? { result: await cut(), report: undefined }
        : await this.#keeper.under({ ...ref(run), round }, cut);
      const snapshotMs = this.wire.takesMs.snapshot ?? 0;
      const counts = { snapshotMs, deltaFiles: 2, files: 9 };
      const answer = asReceived(contract.Snapshot, { hold: holdReportMessage(taken.report), ...counts });
      staged.cut = { ...taken.result, answer };
      return answer;
    });
  }

  release(run: Run, round: number) {
    return this.wire.carry("release", { ...ref(run), round }, undefined, async () => {
      const report = await this.#keeper.release({ ...ref(run), round });
      return asReceived(contract.Release, { hold: holdReportMessage(report) }).hold;
    });
  }

  storeDump(run: Run, round: number, dump: Buffer, signal: AbortSignal) {
    return this.wire.carry("storeDump", { ...ref(run), round }, signal, () => {
      this.#stagedOf(run).dump = dump;
    });
  }

  seal(run: Run, facts: SealFacts, onProgress: OnProgress, signal: AbortSignal) {
    return this.wire.carry("seal", ref(run), signal, () => {
      const staged = this.#stagedOf(run);
      const { cut, dump } = staged;
      if (cut === undefined || dump === undefined) throw new StillpointError("invalid", "no cut or no dump to seal");
      onProgress(stagedBytes, stagedBytes);
      const { hold, snapshotMs, files } = cut.answer;
      const { backupId, token } = run;
      const made = {
        backupId,
        token,
        serverId: this.serverId,
        engine: "fake",
        engineVersion: "1.0",
        files,
        bytes: stagedBytes,
      };
      staged.sealed = pieceMessage({ ...facts, ...made, hold, snapshotMs, cutAt: toTimestamp(cut.cutAt) });
      return staged.sealed;
    });
  }

  commit(run: Run, signal: AbortSignal) {
    return this.wire.carry("commit", ref(run), signal, async () => {
      await this.#keeper.see(run);
      if (this.committed.has(run.backupId)) return;
      const { sealed, dump } = this.#stagedOf(run);
      if (sealed === undefined || dump === undefined) throw new StillpointError("invalid", "nothing sealed to commit");
      this.committed.set(run.backupId, { piece: sealed, dump });
      this.staged = undefined;
    });
  }

  abort(run: Run, round: number) {
    return this.wire.carry("abort", { ...ref(run), round }, undefined, async () => {
      await this.#keeper.release({ ...ref(run), round });
      if (this.staged?.backupId === run.backupId && this.staged.token <= run.token) this.staged = undefined;
    });
  }

  listPieces(backupId: string, signal: AbortSignal) {
    return this.wire.carry("listPieces", { backupId }, signal, () =>
      [...this.committed.entries()]
        .filter(([id]) => backupId === "" || id === backupId)
        .map(([id, { piece }]) =>
          piece.problem === "" ? piece : pieceMessage({ backupId: id, problem: piece.problem }),
        ),
    );
  }

  verifyPiece(backupId: string, onProgress: OnProgress, signal: AbortSignal) {
    return this.wire.carry("verifyPiece", { backupId }, signal, () => {
      const { piece } = this.#committedOf(backupId);
      onProgress(piece.bytes, piece.bytes);
      return { piece, problems: this.problems };
    });
  }

  readDump(backupId: string, signal: AbortSignal) {
    return this.wire.carry("readDump", { backupId }, signal, () => this.#committedOf(backupId).dump);
  }

  deletePiece(run: Run, signal: AbortSignal) {
    return this.wire.carry("deletePiece", ref(run), signal, async () => {
      await this.#keeper.see(run);
      const bytes = this.committed.get(run.backupId)?.piece.bytes ?? 0;
      return { existed: this.committed.delete(run.backupId), bytes };
    });
  }

  stageRestore(run: Run, options: StageOptions, onProgress: OnProgress, signal: AbortSignal) {
    return this.wire.carry("stageRestore", { ...ref(run), ...options }, signal, async () => {
      await this.#keeper.see(run);
      const { piece } = this.#committedOf(run.backupId);
      if (piece.serverId !== options.pieceServerId)
        throw new StillpointError("topology", "the piece is of another server");
      onProgress(piece.bytes, piece.bytes);
      if (!options.dryRun) this.server.stage(run.backupId);
      return piece;
    });
  }

  flipRestore(run: Run, signal: AbortSignal) {
    return this.wire.carry("flipRestore", ref(run), signal, async () => {
      await this.#keeper.see(run);
      this.server.flip(run.backupId);
      return { failsafeDir: `/data/${this.serverId}/backups/.failsafe/1` };
    });
  }

  startRestored(run: Run, { undone }: { undone: boolean }) {
    return this.wire.carry("startRestored", { ...ref(run), undone }, undefined, async () => {
      await this.#keeper.see(run);
      this.server.start(undone);
      return { downMs: 12 };
    });
  }

  undoRestore(run: Run) {
    return this.wire.carry("undoRestore", ref(run), undefined, async () => {
      await this.#keeper.see(run);
      return { flippedBack: this.server.undo() };
    });
  }

  finishRestore(run: Run) {
    return this.wire.carry("finishRestore", ref(run), undefined, async () => {
      await this.#keeper.see(run);
      this.server.finish();
    });
  }

  #description() {
    const space = { freeBytes: 1e9, freeInodes: 1e6, neededBytes: 1e6, neededInodes: 10 };
    return {
      serverId: this.serverId,
      engine: "fake",
      knowsOpenWrites: true,
      dataDir: `/data/${this.serverId}`,
      ...space,
      dataBytes: 5e6,
      dataFiles: 9,
      sameFilesystem: true,
      pieces: this.committed.size,
      stagedIds: this.staged === undefined ? [] : [this.staged.backupId],
      pendingRestore: this.server.pending?.backupId ?? "",
    };
  }

  #stagedOf({ backupId, token }: Run): StagedPiece {
    const { staged } = this;
    if (staged?.backupId === backupId && staged.token <= token) return staged;
    throw new StillpointError("not-found", `backup "${backupId}" was not prepared`);
  }

  #committedOf(backupId: string): CommittedPiece {
    const piece = this.committed.get(backupId);
    if (piece === undefined) throw new StillpointError("not-found", `there is no piece of backup "${backupId}"`);
    return piece;
  }
}

function ref({ backupId, token }: Run): Run {
  return { backupId, token };
}

/** What a backup tells of a server that was held for 10 ms, all of which its cut took. */
export const costOfCut = {
  stallMs: 10,
  lockWaitMs: 0,
  heldMs: 10,
  longestBlockedWriteMs: 0,
  snapshotMs: 10,
  files: 9,
  bytes: 1000,
};

/** A piece as it comes off the wire. */
export function pieceMessage(piece: PieceInput): Piece {
  return asReceived(contract.ListPieces, { pieces: [piece] }).pieces[0] as Piece;
}

function asReceived<Message extends object, Received>(
  method: MethodDefinition<never, Message, object, Received>,
  message: Message,
): Received {
  return method.responseDeserialize(method.responseSerialize(message));
}
