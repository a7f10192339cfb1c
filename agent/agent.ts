// One server's side of backups and restores, without gRPC: what each call of the contract does. The lock keeper guards
// writes, the piece store keeps what is committed, a RunPiece is what the run that goes on has made so far.
import { join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import { checkBackupId } from "../proto/names.ts";
import type { Space } from "./disk.ts";
import type { EngineState } from "./engines/engine.ts";
import type { Hold, RoundRef } from "./hold.ts";
import { type FilesNeeded, filesProblem, isOneFilesystem, measureFiles } from "./inspect.ts";
import { linkedData } from "./linked-data.ts";
import { LockKeeper } from "./lock-keeper.ts";
import type { HoldReport, LockEvent, Locked, LockRequest } from "./lock-session.ts";
import { madeData } from "./made-data.ts";
import type { Meta } from "./meta.ts";
import type { Cut, OpenPieceData, PrepareProgress } from "./piece-data.ts";
import { backupsDirectory, PieceStore, type StoredPiece } from "./piece-store.ts";
import { type RestoreEvent, type RestorePorts, Restorer, type StageRequest } from "./restorer.ts";
import { type CutPiece, type PiecePorts, RunPiece } from "./run-piece.ts";
import type { SealProgress } from "./seal.ts";
import type { Source } from "./staged-data.ts";
import { throttled } from "./throttle.ts";
import { readDump, verifyPiece } from "./verify.ts";

export interface Run {
  backupId: string;
  token: number;
}

export interface AgentPorts extends RestorePorts, Source {
  version: string;
  report: (event: AgentEvent) => void;
}

export type AgentEvent =
  | LockEvent
  | { step: "swept"; removed: string[]; left: string[] }
  | { step: "prepared" | "cut" | "dump-stored" | "sealed" | "committed" | "aborted" | "deleted"; backupId: string }
  | RestoreEvent;

export interface Description {
  state: EngineState;
  hold: Hold;
  space: Space;
  sameFilesystem: boolean;
  /** Undefined if it was not asked for. */
  files: FilesNeeded | undefined;
  pieces: number;
  stagedIds: string[];
  pendingRestore: string;
}

/** What only the coordinator knows of a backup. */
export interface BackupFacts {
  label: string;
  createdAt: Date;
  serverIds: string[];
  planRevision: number;
  potentiallyInconsistent: boolean;
}

export class Agent {
  readonly #ports: AgentPorts;
  readonly #source: Source;
  readonly #piecePorts: PiecePorts;
  readonly #keeper: LockKeeper;
  readonly #store: PieceStore;
  readonly #restorer: Restorer;
  #piece: RunPiece | undefined;
  /** As the server told it last; undefined before it did. */
  #engineVersion: string | undefined;

  constructor(ports: AgentPorts) {
    const { dataDir, disk, engine, clock } = ports;
    this.#ports = ports;
    this.#source = ports;
    const openData: OpenPieceData = (dir) => {
      return (engine.maker === undefined ? linkedData(ports) : madeData(engine.maker, ports))(dir);
    };
    this.#piecePorts = { openData, disk, clock };
    this.#keeper = new LockKeeper(engine, clock, ports.report);
    this.#store = new PieceStore(dataDir, disk);
    this.#restorer = new Restorer(ports);
  }

  /** Brings order into what a crash left: half-made pieces, trash, a restore that was interrupted. */
  async open(signal: AbortSignal): Promise<void> {
    const { removed, left } = await this.#store.open();
    await this.#restorer.open(signal);
    this.#ports.report({ step: "swept", removed, left });
  }

  async close(): Promise<void> {
    await this.#keeper.close();
    await this.#piece?.stop();
  }

  async describe(withFiles: boolean, signal: AbortSignal): Promise<Description> {
    const { disk, dataDir } = this.#ports;
    const backups = join(dataDir, backupsDirectory);
    const state = await this.#inspect(signal);
    const problem = withFiles && state.healthy ? await filesProblem(this.#source) : undefined;
    return {
      state: problem === undefined ? state : { ...state, healthy: false, problem },
      hold: this.#keeper.hold,
      space: await disk.space(backups),
      sameFilesystem: await isOneFilesystem(disk, dataDir, backups),
      files: withFiles ? await measureFiles(this.#source) : undefined,
      pieces: (await this.#store.list()).length,
      stagedIds: await this.#store.stagedIds(),
      pendingRestore: (await this.#restorer.pendingId()) ?? "",
    };
  }

  get now(): number {
    return this.#ports.clock.now();
  }

  async *prepare(run: Run, signal: AbortSignal): AsyncGenerator<PrepareProgress> {
    const piece = await this.#pieceOf(run);
    await this.#ports.engine.flush(signal);
    yield* piece.prepare(signal);
    this.#ports.report({ step: "prepared", backupId: run.backupId });
  }

  async lock(request: LockRequest, caller: AbortSignal): Promise<Locked> {
    checkBackupId(request.backupId);
    return await this.#keeper.lock(request, caller);
  }

  release(ref: RoundRef): Promise<HoldReport | undefined> {
    return this.#keeper.release(ref);
  }

  async snapshot(ref: RoundRef, withoutHold: boolean): Promise<CutPiece> {
    const piece = await this.#pieceOf(ref);
    const withoutLock = async (work: () => Promise<Cut>) => {
      return { result: await work(), doneAt: this.#ports.clock.date(), report: undefined };
    };
    const underLock = (work: () => Promise<Cut>) => this.#keeper.under(ref, work);
    const taken = await piece.snapshot(ref.round, withoutHold ? withoutLock : underLock);
    this.#ports.report({ step: "cut", backupId: ref.backupId });
    return taken;
  }

  async storeDump(ref: RoundRef, dump: Uint8Array, expectedSha256: string): Promise<void> {
    await (await this.#pieceOf(ref)).storeDump(ref.round, dump, expectedSha256);
    this.#ports.report({ step: "dump-stored", backupId: ref.backupId });
  }

  async *seal(ref: RoundRef, facts: BackupFacts, signal: AbortSignal): AsyncGenerator<SealProgress, Meta> {
    const { backupId, token, round } = ref;
    const piece = await this.#pieceOf(ref);
    const { engine, layout, serverId, version } = this.#ports;
    const engineVersion = this.#engineVersion ?? (await this.#askVersion(signal));
    const described = { engine: engine.kind, engineVersion, layout: layout.kind, serverId, agentVersion: version };
    const describe = ({ cutAt, snapshotMs, hold }: CutPiece) => {
      const meta = { id: backupId, token, ...facts, ...described, cutAt, snapshotMs };
      return hold === undefined ? meta : { ...meta, hold };
    };
    const meta = yield* throttled(piece.seal(round, describe, signal), this.#ports.clock);
    this.#ports.report({ step: "sealed", backupId });
    return meta;
  }

  async commit(run: Run): Promise<void> {
    await this.#keeper.see(run);
    await this.#keeper.release({ ...run, round: Number.MAX_SAFE_INTEGER }); // a Lock that still comes is late
    const isDone = await this.#store.isCommitted(run.backupId); // what came late for it has made a piece that is not sealed
    if (!isDone && this.#piece?.id === run.backupId) await this.#piece.mustBeSealed();
    await this.#store.commit(run.backupId);
    if (this.#piece?.id === run.backupId) this.#piece = undefined;
    this.#ports.report({ step: "committed", backupId: run.backupId });
  }

  /** Lets writes go and removes what this run, or an older one of this backup, has made and not committed. */
  async abort(ref: RoundRef): Promise<HoldReport | undefined> {
    checkBackupId(ref.backupId);
    const hold = await this.#keeper.release(ref);
    const piece = this.#piece;
    if (piece?.id === ref.backupId && piece.isOf(ref)) {
      await piece.stop();
      if (this.#piece === piece) this.#piece = undefined;
    }
    const isLate = this.#piece?.id === ref.backupId || (await this.#isSealedSince(ref));
    if (!isLate) await this.#store.discardStaged(ref.backupId);
    this.#ports.report({ step: "aborted", backupId: ref.backupId });
    return hold;
  }

  async listPieces(backupId: string): Promise<StoredPiece[]> {
    if (backupId !== "") checkBackupId(backupId);
    return (await this.#store.list()).filter(({ id }) => backupId === "" || id === backupId);
  }

  async *verify(
    backupId: string,
    signal: AbortSignal,
  ): AsyncGenerator<SealProgress, { meta: Meta; problems: string[] }> {
    const piece = await this.#stored(backupId);
    return { meta: piece.meta, problems: yield* throttled(verifyPiece(piece, signal), this.#ports.clock) };
  }

  /** The dump of a committed piece. @throws corrupt, if it is not the one that was sealed */
  async readDump(backupId: string): Promise<Buffer> {
    return await readDump(await this.#stored(backupId));
  }

  async deletePiece(run: Run): Promise<{ existed: boolean; bytes: number }> {
    checkBackupId(run.backupId);
    await this.#keeper.see(run);
    const [piece] = await this.listPieces(run.backupId);
    const existed = await this.#store.delete(run.backupId);
    this.#ports.report({ step: "deleted", backupId: run.backupId });
    return { existed, bytes: piece !== undefined && "meta" in piece ? piece.meta.bytes : 0 };
  }

  async *stageRestore(request: Run & StageRequest, signal: AbortSignal): AsyncGenerator<SealProgress, Meta> {
    await this.#keeper.see(request);
    return yield* this.#restorer.stage(request, await this.#stored(request.backupId), signal);
  }

  async flipRestore(run: Run, signal: AbortSignal): Promise<{ failsafeDir: string }> {
    await this.#keeper.see(run);
    return await this.#restorer.flip(run, signal);
  }

  /** `undone`: on the data of before the restore. */
  async startRestored(run: Run, undone: boolean, signal: AbortSignal): Promise<number> {
    await this.#keeper.see(run);
    return await this.#restorer.start(run, undone, signal);
  }

  async undoRestore(run: Run, signal: AbortSignal): Promise<boolean> {
    await this.#keeper.see(run);
    return await this.#restorer.undo(run, signal);
  }

  async finishRestore(run: Run): Promise<void> {
    await this.#keeper.see(run);
    await this.#restorer.finish(run);
  }

  async #inspect(signal: AbortSignal): Promise<EngineState> {
    const state = await this.#ports.engine.inspect(signal);
    if (state.healthy || state.version !== "") this.#engineVersion = state.version;
    return state;
  }

  /** For a run without a Describe. One without a version could not be restored. @throws StillpointError unreachable */
  async #askVersion(signal: AbortSignal): Promise<string> {
    const { problem } = await this.#inspect(signal);
    if (this.#engineVersion !== undefined) return this.#engineVersion;
    throw new StillpointError("unreachable", `the server does not tell its version: ${problem}`);
  }

  /** The piece of this run. What an older run was doing has ended before there is one. */
  async #pieceOf(run: Run): Promise<RunPiece> {
    checkBackupId(run.backupId);
    for (;;) {
      await this.#keeper.see(run); // again after each wait: a newer run may have come
      const piece = this.#piece;
      if (piece?.id === run.backupId && piece.token === run.token) return piece;
      await piece?.stop();
      if (this.#piece !== piece) continue;
      this.#piece = new RunPiece(run, () => this.#stageAnew(run), this.#piecePorts);
    }
  }

  /** By a later try of the same run, before this agent was started. */
  async #isSealedSince({ backupId, token, round }: RoundRef): Promise<boolean> {
    const meta = await this.#store.sealedMeta(backupId);
    return meta?.token === token && (meta.hold?.round ?? 0) > round;
  }

  /** There is one claim, so whatever an older run has staged belongs to a run that is over. */
  async #stageAnew(run: Run): Promise<string> {
    await this.#store.discardStagedBefore(run.token);
    await this.#restorer.discardStagedBefore(run.token);
    return await this.#store.stage(run);
  }

  async #stored(backupId: string) {
    const meta = await this.#store.meta(checkBackupId(backupId));
    const directory = this.#store.directoryOf(backupId);
    return { directory, meta, disk: this.#ports.disk, list: () => this.#ports.list(join(directory, "data")) };
  }
}
