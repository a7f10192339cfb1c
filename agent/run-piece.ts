// One piece of the run that is going on, from Prepare to Commit.
//
//   staged ──Snapshot──▶ cut ──Seal──▶ sealed ──Commit──▶ in the store
//     ▲───newer round────┘
//
// Steps on one piece exclude each other. Abort ends the step that is running, waits for it, and then removes the piece.
import { join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import { quoted } from "../proto/names.ts";
import type { Clock } from "../runtime/clock.ts";
import { sha256 } from "./checksums.ts";
import type { Disk } from "./disk.ts";
import type { HoldReport } from "./lock-session.ts";
import type { Meta } from "./meta.ts";
import type { Cut, OpenPieceData, PieceData, PrepareProgress } from "./piece-data.ts";
import { type SealProgress, sealPiece, type Unsealed } from "./seal.ts";
import { Turns } from "./turns.ts";

/** The cut with its circumstances. */
export interface CutPiece {
  cut: Cut;
  round: number;
  cutAt: Date;
  snapshotMs: number;
  /** Undefined if it was taken without a lock. */
  hold: HoldReport | undefined;
}

type State = { state: "staged" } | { state: "cut"; taken: CutPiece } | { state: "sealed"; taken: CutPiece; meta: Meta };

interface Place {
  directory: string;
  data: PieceData;
}

/** Runs the cut under a hold and says how the hold was; or without one. */
export type UnderHold = (
  work: () => Promise<Cut>,
) => Promise<{ result: Cut; doneAt: Date; report: HoldReport | undefined }>;

export interface PiecePorts {
  openData: OpenPieceData;
  disk: Disk;
  clock: Clock;
}

export class RunPiece {
  readonly id: string;
  readonly token: number;
  readonly #stage: () => Promise<string>;
  readonly #openData: OpenPieceData;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #aborted = new AbortController();
  #place: Place | undefined;
  #state: State = { state: "staged" };
  /** SHA-256 of the dump that the piece has. */
  #dump: string | undefined;
  readonly #turns = new Turns();

  /** `stage` makes the staging directory; called before the first step, and again if it failed. */
  constructor(run: { backupId: string; token: number }, stage: () => Promise<string>, ports: PiecePorts) {
    this.id = run.backupId;
    this.token = run.token;
    this.#stage = stage;
    this.#openData = ports.openData;
    this.#disk = ports.disk;
    this.#clock = ports.clock;
  }

  async *prepare(caller: AbortSignal): AsyncGenerator<PrepareProgress> {
    const done = await this.#myTurn();
    const goOn = this.#goOn(caller);
    try {
      goOn.throwIfAborted(); // an Abort may have come and gone by now, and found nothing to remove
      if (this.#state.state !== "staged") return; // the call was late: what the cut shows stays as it is
      const { data } = await this.#open();
      for await (const progress of data.prepare(goOn)) {
        goOn.throwIfAborted();
        yield progress;
      }
    } finally {
      done();
    }
  }

  /**
   * The cut. The same round gets the same answer; a newer one makes another cut.
   * @throws hold-lost, as soon as it is: the turn ends with the work all the same
   */
  async snapshot(round: number, underHold: UnderHold): Promise<CutPiece> {
    const done = await this.#myTurn();
    let working: Promise<unknown> = Promise.resolve();
    try {
      if (this.#state.state !== "staged" && this.#state.taken.round === round) return this.#state.taken;
      this.#mustNotBeOlder(round);
      const place = await this.#open();
      const askedAt = this.#clock.now();
      let snapshotMs = 0;
      const { result, doneAt, report } = await underHold(() => {
        const cutting = this.#cutAnew(place);
        working = cutting.then(() => {
          snapshotMs = this.#clock.now() - askedAt;
        });
        return cutting;
      });
      const taken = { cut: result, round, cutAt: doneAt, snapshotMs, hold: report };
      this.#state = { state: "cut", taken };
      return taken;
    } finally {
      void working.then(done, done);
    }
  }

  async #cutAnew(place: Place): Promise<Cut> {
    await this.#unseal(place);
    if (this.#state.state !== "staged") this.#dump = undefined; // it belonged to the cut that goes
    this.#state = { state: "staged" };
    return await place.data.cut();
  }

  /** `round`: of the cut that the dump belongs to; 0 for whichever there is. */
  async storeDump(round: number, dump: Uint8Array, expectedSha256: string): Promise<void> {
    if (sha256(dump) !== expectedSha256) {
      throw new StillpointError(
        "invalid",
        `the dump's SHA-256 is not ${quoted(expectedSha256)}: it was damaged on its way`,
      );
    }
    const done = await this.#myTurn();
    try {
      if (round !== 0) this.#cutOf(round);
      if (this.#dump === expectedSha256) return;
      const place = await this.#open();
      await this.#unseal(place);
      await this.#disk.write(join(place.directory, "plan.json"), dump);
      this.#dump = expectedSha256;
    } finally {
      done();
    }
  }

  /** `round`: of the cut that is to be sealed; 0 for whichever there is. */
  async *seal(
    round: number,
    describe: (taken: CutPiece) => Unsealed,
    caller: AbortSignal,
  ): AsyncGenerator<SealProgress, Meta> {
    const done = await this.#myTurn();
    try {
      const taken = this.#cutOf(round);
      if (this.#state.state === "sealed") return this.#state.meta;
      if (this.#dump === undefined) throw notYet(this.id, "has no dump of the Plan yet", "call StoreDump first");
      const { directory } = await this.#open();
      const piece = { directory, cut: taken.cut };
      const meta = yield* sealPiece(piece, this.#disk, describe(taken), this.#goOn(caller));
      this.#state = { state: "sealed", taken, meta };
      return meta;
    } finally {
      done();
    }
  }

  /** Whether all of it was made by this round of this run, or before: a late Abort leaves the piece of a newer try alone. */
  isOf({ token, round }: { token: number; round: number }): boolean {
    if (this.token !== token) return this.token < token;
    return this.#state.state === "staged" || this.#state.taken.round <= round;
  }

  /** Ends the step that is running, and lets no other begin. */
  async stop(): Promise<void> {
    this.#aborted.abort(new StillpointError("cancelled", `backup "${this.id}" was aborted`));
    await this.#turns.allOver();
    await this.#place?.data.close();
  }

  /** @throws StillpointError not-found, unless the piece is sealed */
  async mustBeSealed(): Promise<void> {
    await this.#turns.allOver();
    if (this.#place === undefined) return; // a late call made this one, and nothing in it: what is on disk decides
    if (this.#state.state !== "sealed") throw notYet(this.id, "is not sealed yet", "call Seal first");
  }

  /** The cut, if it is the one that the caller means: a call of an earlier try may come late. */
  #cutOf(round: number): CutPiece {
    if (this.#state.state === "staged") throw notYet(this.id, "has no cut yet", "call Snapshot first");
    if (round !== 0 && round !== this.#state.taken.round) throw otherCut(this.id, round, this.#state.taken);
    return this.#state.taken;
  }

  #mustNotBeOlder(round: number): void {
    if (this.#state.state === "staged" || round > this.#state.taken.round) return;
    throw otherCut(this.id, round, this.#state.taken);
  }

  /** Waits until no other step runs. Whoever gets the turn must call what it returns. */
  async #myTurn(): Promise<() => void> {
    const done = await this.#turns.take();
    if (this.#aborted.signal.aborted) done();
    this.#aborted.signal.throwIfAborted();
    return done;
  }

  async #open(): Promise<Place> {
    if (this.#place === undefined) {
      const directory = await this.#stage();
      this.#place = { directory, data: await this.#openData(join(directory, "data")) };
    }
    return this.#place;
  }

  /** What is changed after the seal must be sealed again, also in the eyes of an agent that is started anew. */
  async #unseal({ directory }: Place): Promise<void> {
    if (this.#state.state === "staged") return;
    await this.#disk.remove(join(directory, "META.json"));
    this.#state = { state: "cut", taken: this.#state.taken };
  }

  #goOn(caller: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#aborted.signal, caller]);
  }
}

function otherCut(id: string, round: number, taken: CutPiece): StillpointError {
  return new StillpointError(
    "stale-round",
    `the piece of backup "${id}" has the cut of round ${taken.round}, not of round ${round}`,
  );
}

function notYet(id: string, what: string, hint: string): StillpointError {
  return new StillpointError("not-found", `the piece of backup "${id}" ${what}`, { hint });
}
