// Puts a piece in the place of the server's data, and back again.
//
//   (none) ──stage──▶ staged ──flip──▶ flipping ──▶ flipped ──finish──▶ (none); the old data stays in .failsafe
//      ▲────────────────┴────undo─────────┴────────────┘
//
// The data directory itself may be a mount point, so what is exchanged are its entries, by one rename each, all but
// `backups` and what the layout excludes and the piece does not have. Before the first rename the state file says what will
// be moved, so that a crash in between can be undone: an entry that is in .failsafe was moved, one that is not was not.
// While it says "flipping" the data is neither old nor new, and there is no way but to undo.
import { join } from "node:path";
import { z } from "zod";
import { StillpointError } from "../proto/errors.ts";
import { parseJson } from "../runtime/json.ts";
import type { Disk } from "./disk.ts";
import type { FileLayout } from "./files/layout.ts";
import type { Listing } from "./files/listing.ts";
import { backupsDirectory } from "./piece-store.ts";

const stateSchema = z.object({
  backupId: z.string(),
  token: z.number(),
  phase: z.enum(["staged", "flipping", "flipped"]),
  /** Names in the data directory before the flip, without those that stay. */
  oldNames: z.array(z.string()),
  /** Names in the staged data. */
  newNames: z.array(z.string()),
  failsafeDir: z.string(),
});

export type RestoreState = z.output<typeof stateSchema>;

export interface RestoreTarget {
  dataDir: string;
  layout: FileLayout;
  disk: Disk;
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
    const { disk } = this.#target;
    if ((await disk.size(this.#stateFile)) === undefined) return undefined;
    const parsed = stateSchema.safeParse(parseJson(await disk.read(this.#stateFile)));
    if (parsed.success) return parsed.data;
    throw new StillpointError("corrupt", `"${this.#stateFile}" cannot be read`, {
      hint: "the data before the restore is in backups/.failsafe; put it back by hand, then remove .restoring",
    });
  }

  /** Builds the data that the piece shows beside the data of today. The piece itself stays untouched. */
  async stage(
    run: { backupId: string; token: number },
    pieceData: string,
    listing: Listing,
    signal: AbortSignal,
  ): Promise<void> {
    const { disk, dataDir } = this.#target;
    const staged = this.#staged;
    await this.#clear();
    await disk.makeDirectory(staged);
    for (const path of listing.directories.toSorted()) {
      await disk.makeDirectoryLike(join(staged, path), join(pieceData, path));
    }
    for (const path of listing.files) {
      signal.throwIfAborted();
      await this.#place(join(pieceData, path), join(staged, path), path);
    }
    for (const { path, target } of listing.links) await disk.makeSymbolicLink(join(staged, path), target);
    for (const path of listing.directories) await disk.sync(join(staged, path));
    await disk.sync(staged);
    const failsafeDir = join(dataDir, backupsDirectory, ".failsafe", `${run.backupId}-${run.token}`);
    await this.#write({ ...run, phase: "staged", oldNames: [], newNames: [], failsafeDir });
  }

  /**
   * Has the server stopped, then moves today's data to .failsafe and the staged data into place. Repeatable; with a larger
   * token it takes over what was flipped.
   */
  async flip(run: { backupId: string; token: number }, stopServer: () => Promise<void>): Promise<RestoreState> {
    const { backupId, token } = run;
    const state = await this.pending();
    if (state === undefined || state.backupId !== backupId || state.phase === "flipping") {
      throw new StillpointError("not-found", `no restore of backup "${backupId}" is staged here`, {
        hint: "stage it first: a restart of the agent removes what was staged",
      });
    }
    if (state.phase === "flipped") return await this.#takenOver(state, token);
    await stopServer();
    const { disk, dataDir } = this.#target;
    const newNames = await disk.names(this.#staged);
    const oldNames = await this.#namesToMove(newNames);
    await disk.makeDirectory(state.failsafeDir);
    await this.#write({ ...state, token, phase: "flipping", oldNames, newNames });
    await this.#move(oldNames, dataDir, state.failsafeDir);
    await this.#move(newNames, this.#staged, dataDir);
    const flipped: RestoreState = { ...state, token, phase: "flipped", oldNames, newNames };
    await this.#write(flipped);
    return flipped;
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

  async #takenOver(state: RestoreState, token: number): Promise<RestoreState> {
    if (state.token === token) return state;
    const taken = { ...state, token };
    await this.#write(taken);
    return taken;
  }

  async #flipBack(state: RestoreState): Promise<void> {
    const { disk, dataDir } = this.#target;
    const { oldNames, newNames, failsafeDir } = state;
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

  /** The state goes first: without it, what is left of the area means nothing. */
  async #clear(): Promise<void> {
    await this.#target.disk.remove(this.#stateFile);
    await this.#target.disk.remove(this.#area);
  }

  /** The data directory's entries but `backups`, and but those that are excluded and not in the piece. */
  async #namesToMove(newNames: string[]): Promise<string[]> {
    const { disk, dataDir, layout } = this.#target;
    const moves = (name: string) => newNames.includes(name) || layout.classify(name) !== "excluded";
    return (await disk.names(dataDir)).filter((name) => name !== backupsDirectory && moves(name));
  }

  async #move(names: string[], from: string, to: string): Promise<void> {
    const { disk } = this.#target;
    for (const name of names) await disk.rename(join(from, name), join(to, name));
    await disk.sync(from);
    await disk.sync(to);
  }

  /** A file that the engine never rewrites may share its bytes with the piece; any other is a private copy. */
  async #place(from: string, to: string, path: string): Promise<void> {
    const { disk, layout } = this.#target;
    if (!(await disk.clone(from, to))) {
      await (layout.classify(path) === "immutable" ? disk.link(from, to) : disk.copy(from, to));
    }
    await disk.sync(to);
  }

  async #write(state: RestoreState): Promise<void> {
    await this.#target.disk.write(this.#stateFile, `${JSON.stringify(state, null, 2)}\n`);
  }
}
