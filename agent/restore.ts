// Puts a piece in the place of the server's data, and back again.
//
//   (none) ──stage──▶ staged ──flip──▶ flipping ──▶ flipped ──finish──▶ (none); the old data stays in .failsafe
//      ▲────────────────┴────undo─────────┴────────────┘
//
// The data directory itself may be a mount point, so what is exchanged are its entries, by one rename each, all but
// `backups` and what the layout excludes and the piece does not have. Before the first rename the state file says what will
// be moved, so that a crash in between can be undone: an entry that is in .failsafe was moved, one that is not was not.
// While it says "flipping" the data is neither old nor new, and there is no way but to undo.
import { dirname, join } from "node:path";
import { z } from "zod";
import { messageOf, StillpointError } from "../proto/errors.ts";
import { isBackupId } from "../proto/names.ts";
import { parseJson } from "../runtime/json.ts";
import type { Link } from "./bulk.ts";
import { sha256 } from "./checksums.ts";
import type { Disk } from "./disk.ts";
import { unlessGone } from "./disk-errors.ts";
import type { FileLayout } from "./files/layout.ts";
import { type Listing, notOfTheData } from "./files/listing.ts";
import { backupsDirectory } from "./piece-store.ts";

/** Whatever the file says, nothing is moved that is not an entry of one of our own directories. */
const entryName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== "." && name !== "..");

const stateSchema = z.object({
  backupId: z.string().refine(isBackupId),
  token: z.int().positive(),
  phase: z.enum(["staged", "flipping", "flipped"]),
  /** Names in the data directory before the flip, without those that stay. */
  oldNames: z.array(entryName),
  /** Names in the staged data. */
  newNames: z.array(entryName),
  /** Where in .failsafe the old data goes; it stays there when a later run takes the restore over. */
  failsafe: entryName,
});

/** Enough for a million entries of the data directory. */
const largestStateBytes = 256 * 1024 * 1024;

export type RestoreState = z.output<typeof stateSchema>;

/** A state that is wrong in one letter would move the wrong data, so it is believed with its checksum only. */
const fileSchema = z.object({ state: z.unknown(), sha256: z.string() });

function stateToJson(state: RestoreState): string {
  return `${JSON.stringify({ state, sha256: sha256(JSON.stringify(state)) }, null, 2)}\n`;
}

function stateFromJson(bytes: Buffer): RestoreState | undefined {
  const file = fileSchema.safeParse(parseJson(bytes)).data;
  if (file === undefined || sha256(JSON.stringify(file.state)) !== file.sha256) return undefined;
  return stateSchema.safeParse(file.state).data;
}

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
    for (const path of listing.directories.toSorted()) {
      await disk.makeDirectoryLike(join(staged, path), join(data, path));
    }
    await this.#placeFiles(data, listing.files, signal);
    for (const { path, target } of listing.links) await disk.makeSymbolicLink(join(staged, path), target);
    for (const path of listing.directories) await disk.sync(join(staged, path));
    await disk.sync(staged);
    await unpack(staged);
    const failsafe = await this.#freeFailsafe(`${run.backupId}-${run.token}`);
    await this.#write({ ...run, phase: "staged", oldNames: [], newNames: [], failsafe });
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
    await stopServer();
    const { disk, dataDir } = this.#target;
    const newNames = await disk.names(this.#staged);
    const oldNames = await this.#namesToMove(newNames);
    await disk.makeDirectory(failsafeDir);
    await disk.sync(dirname(failsafeDir));
    await disk.sync(dirname(this.#area)); // else a power cut takes the directories, and the data that was moved into them
    await this.#write({ ...state, token, phase: "flipping", oldNames, newNames });
    await this.#move(oldNames, dataDir, failsafeDir);
    await this.#move(newNames, this.#staged, dataDir);
    await this.#write({ ...state, token, phase: "flipped", oldNames, newNames });
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
    await this.#move(restored, dataDir, discarded);
    await this.#move(saved, failsafeDir, dataDir);
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
    return (await disk.names(dataDir)).filter((name) => !notOfTheData.includes(name) && moves(name));
  }

  async #move(names: string[], from: string, to: string): Promise<void> {
    const { disk } = this.#target;
    for (const name of names) await disk.rename(join(from, name), join(to, name));
    await disk.sync(from);
    await disk.sync(to);
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
