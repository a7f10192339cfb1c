// Where the pieces are: <data-dir>/backups. A piece is staged in .staging/<id> and comes to its place by one rename, so
// what has no place was never committed. What is removed goes through .trash, so that it is never half there.
//
//   backups/<id>/            META.json plan.json SHA256SUMS data/
//   backups/.staging/<id>/   a piece that is not committed
//   backups/.trash/<name>/   on its way out
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { hasReason, messageOf, StillpointError } from "../proto/errors.ts";
import { checkBackupId, quoted } from "../proto/names.ts";
import { type Disk, notADirectory } from "./disk.ts";
import { isMissing, mayPass } from "./disk-errors.ts";
import { largestMetaBytes, type Meta, metaFromJson } from "./meta.ts";

export const backupsDirectory = "backups";

/** A committed piece; one whose META.json cannot be used has a problem instead. */
export type StoredPiece = { id: string; meta: Meta } | { id: string; problem: string };

export class PieceStore {
  readonly root: string;
  readonly #disk: Disk;
  readonly #staging: string;
  readonly #trash: string;

  constructor(dataDir: string, disk: Disk) {
    this.#disk = disk;
    this.root = join(dataDir, backupsDirectory);
    this.#staging = join(this.root, ".staging");
    this.#trash = join(this.root, ".trash");
  }

  /**
   * Makes the directories, and removes what a crash may have left: pieces that are not sealed, and trash. What cannot be removed
   * stays, and is told: it is in nobody's way.
   * @throws StillpointError corrupt, if one of our own directories is a link: what is moved and removed there is elsewhere
   */
  async open(): Promise<{ removed: string[]; left: string[] }> {
    for (const directory of [this.root, this.#staging, this.#trash]) await this.#disk.makeDirectory(directory);
    await this.#disk.sync(this.root);
    await this.#disk.sync(dirname(this.root)); // else a power cut may take our whole directory, and all that is in it
    const own = (await this.#disk.names(this.root)).filter((name) => [".restoring", ".failsafe"].includes(name));
    for (const name of own) await this.#mustBeDirectory(join(this.root, name));
    const removed: string[] = [];
    for (const id of await this.stagedIds()) {
      if (await this.#isSealed(id)) continue;
      await this.#throwAway(join(this.#staging, id));
      removed.push(id);
    }
    return { removed, left: await this.#emptyTrash() };
  }

  /** The directory of a committed piece. */
  directoryOf(id: string): string {
    return join(this.root, checkBackupId(id));
  }

  /**
   * The directory of a staged piece; makes it.
   * @throws StillpointError invalid, if the piece is committed already; stale-round, if it was sealed and awaits its Commit
   */
  async stage({ backupId: id, token }: { backupId: string; token: number }): Promise<string> {
    const directory = join(this.#staging, checkBackupId(id));
    if (await this.isCommitted(id)) {
      throw new StillpointError("invalid", `the piece of backup "${id}" is committed already`, {
        hint: "a backup's id is used once; stillpoint list shows those that there are",
      });
    }
    if ((await this.sealedMeta(id)) !== undefined) {
      throw new StillpointError(
        "stale-round",
        `the piece of backup "${id}" is sealed: a call with token ${token} is late`,
      );
    }
    await this.#disk.makeDirectory(directory);
    return directory;
  }

  async isCommitted(id: string): Promise<boolean> {
    return (await this.#disk.size(this.directoryOf(id))) !== undefined;
  }

  stagedIds(): Promise<string[]> {
    return this.#disk.names(this.#staging);
  }

  async list(): Promise<StoredPiece[]> {
    const names = (await this.#disk.names(this.root)).filter((name) => !name.startsWith(".")).sort();
    return await Promise.all(names.map((id) => this.#read(id)));
  }

  /** @throws StillpointError not-found, corrupt, version; invalid, if we may not read it; unreachable, if the disk fails */
  async meta(id: string): Promise<Meta> {
    return await this.#metaIn(this.directoryOf(id), id);
  }

  /** Of a staged piece; undefined if it is not sealed, or of no use. */
  async sealedMeta(id: string): Promise<Meta | undefined> {
    try {
      return await this.#metaIn(join(this.#staging, id), id);
    } catch (error) {
      if (hasReason(error, "not-found", "corrupt", "version")) return undefined;
      throw error;
    }
  }

  /** Puts a sealed piece into its place. Repeatable. @throws StillpointError not-found */
  async commit(id: string): Promise<void> {
    const directory = this.directoryOf(id);
    if (await this.#isSealed(id)) await unlessMissing(this.#disk.rename(join(this.#staging, id), directory));
    await this.meta(id); // by now, or by an earlier call, or never
    await this.#disk.sync(this.#staging);
    await this.#disk.sync(this.root);
  }

  async discardStaged(id: string): Promise<void> {
    await this.#discard(join(this.#staging, checkBackupId(id)));
  }

  /** What is sealed may be decided already: a run that is no newer leaves it. */
  async discardStagedBefore(token: number): Promise<void> {
    for (const name of await this.stagedIds()) {
      const meta = await this.sealedMeta(name);
      if (meta === undefined || meta.token < token) await this.#discard(join(this.#staging, name));
    }
  }

  /** Removes a committed piece. False if there was none. */
  async delete(id: string): Promise<boolean> {
    return await this.#discard(this.directoryOf(id));
  }

  async #metaIn(directory: string, id: string): Promise<Meta> {
    const where = `META.json of "${id}"`;
    try {
      const bytes = await this.#disk.read(join(directory, "META.json"), largestMetaBytes);
      const meta = metaFromJson(bytes.toString(), where);
      if (meta.id !== id) throw new StillpointError("corrupt", `${where} is of backup ${quoted(meta.id)}`);
      for (const each of [directory, join(directory, "data")]) await this.#mustBeDirectory(each);
      return meta;
    } catch (error) {
      if (error instanceof StillpointError) throw error;
      if (isMissing(error)) throw new StillpointError("not-found", `no piece of backup "${id}" here`, { cause: error });
      const message = `${where} cannot be read: ${messageOf(error)}`;
      if (!mayPass(error)) throw new StillpointError("corrupt", message);
      throw new StillpointError("unreachable", message, { hint: "look what is wrong with the disk, then try again" });
    }
  }

  /** One rename takes it away; only then is it removed file by file. */
  async #discard(directory: string): Promise<boolean> {
    const trash = await this.#throwAway(directory);
    if (trash === undefined) return false;
    await this.#disk.remove(trash);
    return true;
  }

  /** Where it is now; undefined if there was nothing. */
  async #throwAway(directory: string): Promise<string | undefined> {
    const trash = join(this.#trash, randomUUID());
    await this.#disk.makeDirectory(this.#trash);
    if (!(await unlessMissing(this.#disk.rename(directory, trash)))) return undefined;
    await this.#disk.sync(this.root);
    return trash;
  }

  /** What is left of it, and why. */
  async #emptyTrash(): Promise<string[]> {
    const left: string[] = [];
    for (const name of await this.#disk.names(this.#trash)) {
      const path = join(this.#trash, name);
      await this.#disk.remove(path).catch((error: unknown) => {
        left.push(`"${path}" cannot be removed: ${messageOf(error)}`);
      });
    }
    return left;
  }

  /** Or nothing at all. */
  async #mustBeDirectory(path: string): Promise<void> {
    const isThere = (await this.#disk.size(path)) !== undefined;
    if (isThere && !(await this.#disk.isDirectory(path))) throw notADirectory(path);
  }

  async #isSealed(id: string): Promise<boolean> {
    return (await this.#disk.size(join(this.#staging, id, "META.json"))) !== undefined;
  }

  async #read(id: string): Promise<StoredPiece> {
    try {
      return { id, meta: await this.meta(id) };
    } catch (error) {
      return { id, problem: hasReason(error, "not-found") ? `META.json of "${id}" is missing` : messageOf(error) };
    }
  }
}

/** False if there was nothing to do it with. */
async function unlessMissing(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
