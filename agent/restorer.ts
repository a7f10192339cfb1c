// The restores of one server: the exchange of files (restore.ts) together with the database server, which must not run
// meanwhile. One step at a time: who gives a step up and asks for its undoing waits for its end.
//
// A marker says that we stopped the server, from before until it runs again. So no crash leaves it stopped for good; and it
// tells data that waits for a server from data on which a server works.
import { dirname, join } from "node:path";
import { hasReason, messageOf, StillpointError } from "../proto/errors.ts";
import { quoted } from "../proto/names.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Disk } from "./disk.ts";
import type { Engine, PieceMaker } from "./engines/engine.ts";
import type { FileLayout } from "./files/layout.ts";
import type { Meta } from "./meta.ts";
import { backupsDirectory } from "./piece-store.ts";
import { RestoreArea } from "./restore.ts";
import { mustHaveSpace } from "./restore-space.ts";
import type { RestoreState } from "./restore-state.ts";
import type { SealProgress } from "./seal.ts";
import type { Source } from "./staged-data.ts";
import { throttled } from "./throttle.ts";
import { Turns } from "./turns.ts";
import { type VerifiablePiece, verifyPiece } from "./verify.ts";

export interface RestorePorts {
  serverId: string;
  dataDir: string;
  engine: Engine;
  layout: FileLayout;
  disk: Disk;
  clock: Clock;
  /** Lists everything below a directory, but a top-level `backups`. */
  list: Source["list"];
  report: (event: RestoreEvent) => void;
}

export type RestoreEvent =
  | { step: "restore-staged" | "flipped" | "started" | "undone" | "finished"; backupId: string }
  | { step: "start-failed"; problem: string };

interface Run {
  backupId: string;
  token: number;
}

export interface StageRequest {
  token: number;
  pieceServerId: string;
  dryRun: boolean;
  ignoreVersion: boolean;
}

export class Restorer {
  readonly #ports: RestorePorts;
  readonly #area: RestoreArea;
  readonly #marker: string;
  readonly #turns = new Turns();
  #stoppedAt: number | undefined;
  /** Of the newest restore that was undone or finished here: what still comes for it is late. */
  #endedToken = 0;

  constructor(ports: RestorePorts) {
    this.#ports = ports;
    this.#area = new RestoreArea(ports);
    this.#marker = join(ports.dataDir, backupsDirectory, ".server-stopped");
  }

  /** After a crash: what was not flipped whole is undone, and a server that we stopped is started. */
  async open(signal: AbortSignal): Promise<void> {
    const pending = await this.#area.pending();
    if (pending?.phase === "flipped") return;
    if (pending?.phase === "flipping") await this.#stopServer(signal);
    await this.#area.undo();
    if (await this.#isStopped()) await this.#startOnOwnData(signal);
  }

  /** The backup whose data was put in place, and neither came to a running server nor was taken back. */
  async pendingId(): Promise<string | undefined> {
    const pending = await this.#area.pending();
    return pending?.phase === "staged" || (await this.#isInUse(pending)) ? undefined : pending?.backupId;
  }

  async *stage(request: StageRequest, piece: VerifiablePiece, signal: AbortSignal): AsyncGenerator<SealProgress, Meta> {
    const { meta } = piece;
    await this.#mustFit(meta, request, signal);
    const data = join(piece.directory, "data");
    await this.#area.mustBeMovable(await this.#ports.disk.names(data));
    const [problem] = yield* throttled(verifyPiece(piece, signal), this.#ports.clock);
    if (problem !== undefined) {
      throw new StillpointError("corrupt", `the piece of backup "${meta.id}" is damaged: ${problem}`);
    }
    if (request.dryRun) return meta;
    const run = { backupId: meta.id, token: request.token };
    await this.#inTurnOf(run, async () => {
      await this.#mustNotBeLate(run);
      await this.#finishOlder(run);
      await this.#undo(signal);
      await mustHaveSpace(this.#ports, data);
      const { maker } = this.#ports.engine;
      const unpack = maker && ((dir: string) => this.#unpack(maker, dir, signal));
      const toStage = { data, listing: await piece.list(), unpack };
      await this.#area.stage(run, toStage, signal);
      this.#ports.report({ step: "restore-staged", backupId: meta.id });
    });
    return meta;
  }

  async #unpack(maker: PieceMaker, dir: string, signal: AbortSignal): Promise<void> {
    await maker.unpack(dir, signal);
    const { files, directories } = await this.#ports.list(dir);
    for (const path of [...files, ...directories, "."]) await this.#ports.disk.sync(join(dir, path));
  }

  flip(run: Run, signal: AbortSignal): Promise<{ failsafeDir: string }> {
    const { backupId } = run;
    return this.#inTurnOf(run, async () => {
      const { failsafeDir } = await this.#area.flip(run, () => this.#stopServer(signal));
      this.#ports.report({ step: "flipped", backupId });
      return { failsafeDir };
    });
  }

  /** Returns how long the server was stopped, in milliseconds. `undone`: on its old data, else on the backup's. */
  start(run: Run, undone: boolean, signal: AbortSignal): Promise<number> {
    const { backupId } = run;
    return this.#inTurnOf(run, async () => {
      await this.#mustHaveData(backupId, undone);
      const downMs = await this.#startServer(signal);
      this.#ports.report({ step: "started", backupId });
      return downMs;
    });
  }

  /** Returns whether the server is stopped now, on its old data, and waits to be started. */
  undo(run: Run, signal: AbortSignal): Promise<boolean> {
    return this.#inTurnOf(run, async () => {
      this.#endedToken = Math.max(this.#endedToken, run.token);
      await this.#finishOlder(run);
      await this.#undo(signal);
      this.#ports.report({ step: "undone", backupId: run.backupId });
      return await this.#isStopped();
    });
  }

  discardStagedBefore(token: number): Promise<void> {
    return this.#inTurn(() => this.#discardStagedBefore(token));
  }

  finish(run: Run): Promise<void> {
    return this.#inTurnOf(run, async () => {
      this.#endedToken = Math.max(this.#endedToken, run.token);
      await this.#discardStagedBefore(run.token);
      await this.#area.finish();
      this.#ports.report({ step: "finished", backupId: run.backupId });
    });
  }

  /** What an older run has staged, and not flipped, came when that run was over. */
  async #discardStagedBefore(token: number): Promise<void> {
    const pending = await this.#area.pending();
    if (pending?.phase === "staged" && pending.token < token) await this.#area.undo();
  }

  #inTurnOf<Result>(run: Run, step: () => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      await this.#mustNotBeOlder(run);
      return await step();
    });
  }

  async #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = await this.#turns.take();
    try {
      return await step();
    } finally {
      done();
    }
  }

  /** A staging that comes after its own run's flip would take away the data on which the server works, maybe. */
  async #mustNotBeLate({ token }: Run): Promise<void> {
    const pending = await this.#area.pending();
    const isFlipped = pending?.token === token && pending.phase !== "staged";
    if (token > this.#endedToken && !isFlipped) return;
    const then = isFlipped ? "flipped" : "undone or finished";
    throw new StillpointError("stale-round", `the restore with token ${token} was ${then} before this came`);
  }

  /** On disk, unlike the agent's fence: a run that was taken over is refused also by an agent that was started anew. */
  async #mustNotBeOlder({ backupId, token }: Run): Promise<void> {
    const pending = await this.#area.pending();
    if (pending === undefined || token >= pending.token) return;
    const message = `the restore of "${backupId}" with token ${token} was taken over with token ${pending.token}`;
    throw new StillpointError("stale-round", message, {
      hint:
        "begin a new run; if the agency was set up anew since then, remove backups/.restoring and restart the agent: the data " +
        "that is in place stays, what it replaced is in backups/.failsafe",
    });
  }

  async #mustHaveData(backupId: string, undone: boolean): Promise<void> {
    const pending = await this.#area.pending();
    const { serverId } = this.#ports;
    if (pending?.phase === "flipping") {
      throw new StillpointError("corrupt", `the data directory of server "${serverId}" is between old data and new`, {
        hint: "undo the restore first; a restart of the agent does it too",
      });
    }
    const hasBackup = pending?.phase === "flipped";
    if (undone ? !hasBackup : hasBackup && pending.backupId === backupId) return;
    const found = hasBackup ? `the data of backup "${pending.backupId}"` : "the data that it had before";
    throw new StillpointError("not-found", `server "${serverId}" has ${found} in place`, {
      hint: "the restore was taken back or taken over; stillpoint status shows what goes on",
    });
  }

  /** What was written since an older restore would be lost by its undoing. Only its own run may still want that. */
  async #finishOlder({ token }: Pick<Run, "token">): Promise<void> {
    const pending = await this.#area.pending();
    if (pending !== undefined && pending.token < token && (await this.#isInUse(pending))) await this.#area.finish();
  }

  /** A server works on restored data. */
  async #isInUse(pending: RestoreState | undefined): Promise<boolean> {
    return pending?.phase === "flipped" && !(await this.#isStopped());
  }

  async #undo(signal: AbortSignal): Promise<void> {
    const pending = await this.#area.pending();
    if (pending !== undefined && pending.phase !== "staged") await this.#stopServer(signal);
    await this.#area.undo();
  }

  async #stopServer(signal: AbortSignal): Promise<void> {
    const wasStopped = await this.#isStopped();
    await this.#ports.disk.write(this.#marker, "");
    this.#stoppedAt ??= this.#ports.clock.now();
    try {
      await this.#ports.engine.stopServer(signal);
    } catch (error) {
      if (hasReason(error, "invalid") && !wasStopped) await this.#forgetStop(); // this engine cannot stop its server
      throw error;
    }
  }

  /** Returns for how long we had stopped it. */
  async #startServer(signal: AbortSignal): Promise<number> {
    await this.#ports.engine.startServer(signal);
    return await this.#forgetStop();
  }

  /** An agent whose server cannot use its own data serves nevertheless: a restore is what helps. */
  async #startOnOwnData(signal: AbortSignal): Promise<void> {
    try {
      await this.#startServer(signal);
    } catch (error) {
      if (!hasReason(error, "corrupt")) throw error;
      this.#ports.report({ step: "start-failed", problem: messageOf(error) });
    }
  }

  async #forgetStop(): Promise<number> {
    await this.#ports.disk.remove(this.#marker);
    await this.#ports.disk.sync(dirname(this.#marker));
    const downMs = this.#stoppedAt === undefined ? 0 : this.#ports.clock.now() - this.#stoppedAt;
    this.#stoppedAt = undefined;
    return downMs;
  }

  async #isStopped(): Promise<boolean> {
    return (await this.#ports.disk.size(this.#marker)) !== undefined;
  }

  async #mustFit(meta: Meta, { pieceServerId, ignoreVersion }: StageRequest, signal: AbortSignal): Promise<void> {
    const { engine, layout, serverId } = this.#ports;
    if (meta.serverId !== pieceServerId) {
      const found = `the piece on "${serverId}" is of server ${quoted(meta.serverId)}`;
      throw new StillpointError("topology", `${found}, not ${quoted(pieceServerId)}`);
    }
    const { healthy, version } = await engine.inspect(signal);
    const known = healthy ? version : meta.engineVersion; // one that is down, as before many a restore, cannot tell
    const ours = `${engine.kind} ${known || "of unknown version"} (${layout.kind})`;
    const theirs = `${meta.engine} ${meta.engineVersion || "of unknown version"} (${meta.layout})`;
    if (ours === theirs || ignoreVersion) return;
    throw new StillpointError("version", `server "${serverId}" is ${ours}, the piece is of ${theirs}`, {
      hint: "use the version of the backup, or --ignore-version if you know that it can read this data",
    });
  }
}
