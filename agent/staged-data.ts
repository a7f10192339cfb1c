// A piece's `data/` directory while it is being filled, and how a file gets into it. Of files that are gone, the answer is false:
// a database deletes them whenever it likes.
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { Disk } from "./disk.ts";
import { hasCode, unlessGone } from "./disk-errors.ts";
import type { ChangeWatch, WatchChanges } from "./files/change-watch.ts";
import { FileIndex } from "./files/file-index.ts";
import type { FileLayout } from "./files/layout.ts";
import type { Listing, ListingOptions } from "./files/listing.ts";
import { fullPaths } from "./full-paths.ts";
import { inParallel } from "./in-parallel.ts";
import { MadeDirectories } from "./made-directories.ts";

export interface Source {
  dataDir: string;
  layout: FileLayout;
  disk: Disk;
  /** Everything below a directory, but a top-level `backups`. */
  list: (directory: string, options?: Pick<ListingOptions, "atOnce">) => Promise<Listing>;
  /** Absent: under the lock, everything is listed. */
  watch?: WatchChanges;
}

export interface StagedData {
  dir: string;
  index: FileIndex;
  /** Directories that are made already; "." is `dir` itself. */
  directories: Set<string>;
  made: MadeDirectories;
  watch: ChangeWatch | undefined;
}

/** An empty one, that looks like the data directory. */
export async function stageData({ disk, dataDir, layout }: Source, dir: string): Promise<StagedData> {
  await disk.makeDirectoryLike(dir, dataDir);
  const made = new MadeDirectories(disk, dir);
  return { dir, index: new FileIndex(layout), directories: new Set(["."]), made, watch: undefined };
}

export async function linkOne(source: Source, staged: StagedData, path: string): Promise<boolean> {
  const linked = await unlessGone(linkIntoPlace(source, staged, path));
  if (linked === undefined) return false;
  staged.index.hasLinked(path);
  return true;
}

export async function copyOne(source: Source, staged: StagedData, path: string): Promise<boolean> {
  const copy = async () => source.disk.copy(join(source.dataDir, path), await placeOf(source, staged, path));
  return (await unlessGone(copy().then(() => true))) ?? false;
}

export interface KeptFile {
  path: string;
  length: number;
  /** Whether its link had to be made. */
  isNew: boolean;
}

/**
 * Files whose name may come to stand for another one. A link that was made before is kept while the live file has its inode, so
 * that where nothing was exchanged, all that is done is to look.
 */
export async function keepLinked(source: Source, staged: StagedData, paths: readonly string[]) {
  const found = await source.disk.stats(fullPaths(source.dataDir, paths));
  return await inParallel(paths.entries(), async ([index, path]): Promise<KeptFile | false> => {
    const live = found[index];
    if (live === undefined) return false;
    if (live.inode === staged.index.inodeOf(path)) return { path, length: live.size, isNew: false };
    return await linkAndMeasure(source, staged, path);
  });
}

async function linkAndMeasure(source: Source, staged: StagedData, path: string): Promise<KeptFile | false> {
  const place = await unlessGone(linkIntoPlace(source, staged, path));
  const [linked] = place === undefined ? [] : await source.disk.stats([place]);
  if (linked === undefined) return false;
  staged.index.hasLinkedNamed(path, linked.inode);
  return { path, length: linked.size, isNew: true };
}

/** Where it is now. A link of an earlier round is replaced: the name may stand for another file by now. */
async function linkIntoPlace(source: Source, staged: StagedData, path: string): Promise<string> {
  const { disk, dataDir } = source;
  const from = join(dataDir, path);
  const to = await placeOf(source, staged, path);
  try {
    await disk.link(from, to);
  } catch (error) {
    if (hasCode(error, "EXDEV")) throw crossDevice(from, error);
    if (!hasCode(error, "EEXIST")) throw error;
    await disk.remove(to);
    await disk.link(from, to);
  }
  return to;
}

/** A path in the piece, whose directory is made. */
async function placeOf(source: Source, staged: StagedData, path: string): Promise<string> {
  await makeParent(source, staged, path);
  return join(staged.dir, path);
}

async function makeParent(source: Source, staged: StagedData, path: string): Promise<void> {
  const parent = dirname(path);
  if (staged.directories.has(parent)) return;
  await makeParent(source, staged, parent);
  await staged.made.makeLike(parent, source.dataDir);
  staged.directories.add(parent);
}

function crossDevice(path: string, cause: unknown): StillpointError {
  return new StillpointError("cross-device", `"${path}" is on another file system than the backups`, { cause });
}
