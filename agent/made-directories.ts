// Directories that are made like others, below one of ours, and then filled. What they are filled with would not fit through a
// mode like 0500, unless one is root; so they are made writable for their owner, and get their true mode last.
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { unlessGone } from "./disk-errors.ts";
import { ownersAll } from "./locked-directories.ts";

export class MadeDirectories {
  readonly #disk: Disk;
  readonly #dir: string;
  /** Those whose true mode is held back, by path. */
  readonly #trueModes = new Map<string, number>();
  #areLocked = false;

  /** `dir` is full path of what they are in. */
  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  /** One that is in the same place below another directory; also if it is made already. Errors are those of a missing model. */
  async makeLike(path: string, modelDir: string): Promise<void> {
    const trueMode = await this.#disk.makeDirectoryLike(join(this.#dir, path), join(modelDir, path));
    if (trueMode === undefined) this.#trueModes.delete(path);
    else this.#trueModes.set(path, trueMode);
  }

  /** Of one whose model is gone: with the owner of what it is in, and for nobody else. */
  async makePrivate(path: string, parent: string): Promise<void> {
    const at = join(this.#dir, path);
    await this.#disk.makeDirectoryLike(at, join(this.#dir, parent));
    await this.#disk.setMode(at, ownersAll);
  }

  /** It was taken away. */
  forget(path: string): void {
    this.#trueModes.delete(path);
  }

  /** From the lowest up, for what is in a locked directory may be out of reach. Durable. */
  async lock(): Promise<void> {
    this.#areLocked = true;
    for (const [path, mode] of this.#inOrder().reverse()) await unlessGone(this.#setMode(path, mode));
  }

  /** Undoes `lock`, so that they can be filled again. */
  async unlock(): Promise<void> {
    if (!this.#areLocked) return;
    for (const [path, mode] of this.#inOrder()) await unlessGone(this.#setMode(path, mode | ownersAll));
    this.#areLocked = false;
  }

  #inOrder(): [path: string, mode: number][] {
    return [...this.#trueModes].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  async #setMode(path: string, mode: number): Promise<void> {
    const at = join(this.#dir, path);
    await this.#disk.setMode(at, mode);
    await this.#disk.sync(at);
  }
}
