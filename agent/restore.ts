// Puts a piece in the place of the server's data, and back again.
//
//   (none) ──stage──▶ staged ──flip──▶ flipping ──▶ flipped ──finish──▶ (none); the old data stays in .failsafe
//      ▲────────────────┴────undo─────────┴────────────┘
//
// The data directory itself may be a mount point, so what is exchanged are its entries, by one rename each, all but
// `backups` and what the layout excludes and the piece does not have. Before the first rename the state file says what will
// be moved, so that a crash in between can be undone: an entry that is in .failsafe was moved, one that is not was not.
// An entry whose mode had to be changed to move it gets it back, by the state file if need be.
// While it says "flipping" the data is neither old nor new, and there is no way but to undo.
import { dirname, join } from "node:path";
import { messageOf, StillpointError } from "../proto/errors.ts";
import type { Link } from "./bulk.ts";
import type { Disk } from "./disk.ts";
import { unlessGone } from "./disk-errors.ts";
import type { FileLayout } from "./files/layout.ts";
import { type Listing, notOfTheData } from "./files/listing.ts";
import { MadeDirectories } from "./made-directories.ts";
import { mountHint, topOf } from "./mount-problem.ts";
import { moveEntries } from "./move-entries.ts";
import { backupsDirectory } from "./piece-store.ts";
import { largestStateBytes, type RestoreState, stateFromJson, stateToJson } from "./restore-state.ts";

export interface RestoreTarget {
  dataDir: string;
  layout: FileLayout;
  disk: Disk;
}

export interface PieceToStage {
  /** Full path of the piece's `data/`. */
  data: string;
  /** Of all that is in it. */
  listing: Listing;
  /** Makes what the server can be started on out of the copy. It is durable then. */
  unpack?: ((dir: string) => Promise<void>) | undefined;
}

export class RestoreArea {
  readonly #target: RestoreTarget;
  readonly #area: string;
  readonly #staged: string;
  readonly #stateFile: string;

  constructor(target: RestoreTarget) {
    this.#target = target;
    this.#area = join(target.dataDir, backupsDirectory, ".restoring");
    this.#staged = join(this.#area, "data");
    this.#stateFile = join(this.#area, "state.json");
  }

  /** What was begun and neither finished nor undone. */
  async pending(): Promise<RestoreState | undefined> {
    const hint = "the data before the restore is in backups/.failsafe; put it back by hand, then remove .restoring";
    const reading = unlessGone(this.#target.disk.read(this.#stateFile, largestStateBytes));
    const bytes = await reading.catch((cause: unknown) => {
      throw new StillpointError("corrupt", `"${this.#stateFile}" cannot be read: ${messageOf(cause)}`, { hint, cause });
    });
    if (bytes === undefined) return undefined;
    const state = stateFromJson(bytes);
    if (state !== undefined) return state;
    throw new StillpointError("corrupt", `"${this.#stateFile}" cannot be read: it is damaged`, { hint });
  }

  /**
   * Whether today's data can make room for data with these names, so that no server is stopped in vain.
   * @throws StillpointError invalid
   */
  async mustBeMovable(newNames: string[]): Promise<void> {
    const { disk, dataDir } = this.#target;
    const names = new Set(await this.#namesToMove(newNames));
    const mounted = (await disk.mountPoints(dataDir)).find((path) => names.has(topOf(path)));
    if (mounted === undefined) return;
    const what = `"${join(dataDir, mounted)}" is a mount point: a restore cannot move it`;
    throw new StillpointError("invalid", what, { hint: mountHint });
  }

  /** Builds the data that the piece shows beside the data of today. The piece itself stays untouched. */
  async stage(
    run: { backupId: string; token: number },
    { data, listing, unpack = async () => {} }: PieceToStage,
    signal: AbortSignal,
  ): Promise<void> {
    const { disk } = this.#target;
    const staged = this.#staged;
    await this.#clear();
    await disk.makeDirectory(staged);
    const made = new MadeDirectories(disk, staged);
    for (const path of listing.directories.toSorted()) await made.makeLike(path, data);
    await this.#placeFiles(data, listing.files, signal);
    for (const { path, target } of listing.links) await disk.makeSymbolicLink(join(staged, path), target);
    for (const path of listing.directories) await disk.sync(join(staged, path));
    await disk.sync(staged);
    await unpack(staged);
    await made.lock();
    const failsafe = await this.#freeFailsafe(`${run.backupId}-${run.token}`);
    await this.#write({ ...run, phase: "staged", oldNames: [], oldModes: [], newNames: [], failsafe });
  }

  /**
   * Has the server stopped, then moves today's data to .failsafe and the staged data into place. Repeatable; with a larger
   * token it takes over what was flipped.
   */
  async flip(
    run: { backupId: string; token: number },
    stopServer: () => Promise<void>,
  ): Promise<{ failsafeDir: string }> {
    const { backupId, token } = run;
    const state = await this.pending();
    if (state === undefined || state.backupId !== backupId || state.phase === "flipping") {
      throw new StillpointError("not-found", `no restore of backup "${backupId}" is staged here`, {
        hint: "stage it first: a restart of the agent removes what was staged",
      });
    }
    const failsafeDir = this.#failsafeDirOf(state); // of the run that staged it, whoever has taken it over
    if (state.phase === "flipped") {
      await this.#takeOver(state, token);
      return { failsafeDir };
    }
    const { disk, dataDir } = this.#target;
    const newNames = await disk.names(this.#staged);
    await this.mustBeMovable(newNames);
    await stopServer();
    const oldNames = await this.#namesToMove(newNames);
    const oldModes = await this.#modesInTheWay(oldNames);
    await disk.makeDirectory(failsafeDir);
    await disk.sync(dirname(failsafeDir));
    await disk.sync(dirname(this.#area)); // else a power cut takes the directories, and the data that was moved into them
    const flipping: RestoreState = { ...state, token, phase: "flipping", oldNames, oldModes, newNames };
    await this.#write(flipping);
    await moveEntries(disk, oldNames, dataDir, failsafeDir);
    await moveEntries(disk, newNames, this.#staged, dataDir);
    await this.#write({ ...flipping, phase: "flipped" });
    return { failsafeDir };
  }

  /** Puts the data of before the flip back. The server must be stopped if anything was flipped. Repeatable. */
  async undo(): Promise<void> {
    const state = await this.pending();
    if (state !== undefined && state.phase !== "staged") await this.#flipBack(state);
    await this.#clear();
  }

  /** Keeps what was flipped; the old data stays in .failsafe. Repeatable. */
  async finish(): Promise<void> {
    const state = await this.pending();
    if (state !== undefined && state.phase !== "flipped") {
      throw new StillpointError(
        "not-found",
        `the restore of backup "${state.backupId}" is ${state.phase}, not flipped`,
      );
    }
    await this.#clear();
  }

  async #takeOver(state: RestoreState, token: number): Promise<void> {
    if (state.token !== token) await this.#write({ ...state, token });
  }

  async #flipBack(state: RestoreState): Promise<void> {
    const { disk, dataDir } = this.#target;
    const { oldNames, newNames } = state;
    const failsafeDir = this.#failsafeDirOf(state);
    await this.#write({ ...state, phase: "flipping" });
    await disk.makeDirectory(failsafeDir); // gone, if this was done before but for its end
    const saved = await disk.names(failsafeDir);
    const isOld = (name: string) => oldNames.includes(name) && !saved.includes(name);
    const restored = (await this.#namesToMove(newNames)).filter((name) => !isOld(name));
    const discarded = join(this.#area, "discarded");
    await disk.makeDirectory(discarded);
    await moveEntries(disk, restored, dataDir, discarded);
    await moveEntries(disk, saved, failsafeDir, dataDir);
    await this.#setOldModes(state);
    await disk.remove(failsafeDir);
  }

  /** An agency that was set up anew, or put back, gives a token again. */
  async #freeFailsafe(name: string): Promise<string> {
    const taken = await this.#target.disk.names(join(this.#target.dataDir, backupsDirectory, ".failsafe"));
    for (let number = 1; ; number++) {
      const free = number === 1 ? name : `${name}-${number}`;
      if (!taken.includes(free)) return free;
    }
  }

  #failsafeDirOf({ failsafe }: RestoreState): string {
    return join(this.#target.dataDir, backupsDirectory, ".failsafe", failsafe);
  }

  /** The state goes first: without it, what is left of the area means nothing. */
  async #clear(): Promise<void> {
    const { disk } = this.#target;
    if ((await disk.size(this.#area)) === undefined) return;
    await disk.remove(this.#stateFile);
    await disk.sync(this.#area); // else a power cut brings it back, and what was finished is undone
    await disk.remove(this.#area);
  }

  /** The data directory's entries but `backups`, and but those that are excluded and not in the piece. */
  async #namesToMove(newNames: string[]): Promise<string[]> {
    const { disk, dataDir, layout } = this.#target;
    const moves = (name: string) => newNames.includes(name) || layout.classify(name) !== "excluded";
    return (await disk.exactNames(dataDir)).filter((name) => !notOfTheData.includes(name) && moves(name));
  }

  async #modesInTheWay(names: readonly string[]): Promise<RestoreState["oldModes"]> {
    const { disk, dataDir } = this.#target;
    const modes = await disk.modesInTheWay(names.map((name) => join(dataDir, name)));
    return names.flatMap((name, index) => (modes[index] === undefined ? [] : [{ name, mode: modes[index] }]));
  }

  /** A crash may have come between a change of mode and the change back. */
  async #setOldModes({ oldModes }: RestoreState): Promise<void> {
    const { disk, dataDir } = this.#target;
    for (const { name, mode } of oldModes) {
      const path = join(dataDir, name);
      if (await disk.isDirectory(path)) await disk.setMode(path, mode);
    }
  }

  /** A file that the engine never rewrites may share its bytes with the piece; any other is a private copy. */
  async #placeFiles(data: string, paths: readonly string[], signal: AbortSignal): Promise<void> {
    const { disk, layout } = this.#target;
    const links: Link[] = [];
    const copies: string[] = [];
    let canClone = true;
    for (const path of paths) {
      signal.throwIfAborted();
      const [from, to] = [join(data, path), join(this.#staged, path)];
      canClone &&= await disk.clone(from, to); // all are on one file system: what it cannot once, it cannot
      if (canClone) copies.push(to);
      else if (layout.classify(path) === "immutable") links.push({ from, to });
      else copies.push(await this.#copy(from, to));
    }
    await disk.linkFiles(links); // durable by their directories: the files themselves are, since the seal
    await disk.syncFiles(copies);
  }

  async #copy(from: string, to: string): Promise<string> {
    await this.#target.disk.copy(from, to);
    return to;
  }

  async #write(state: RestoreState): Promise<void> {
    await this.#target.disk.write(this.#stateFile, stateToJson(state));
  }
}
