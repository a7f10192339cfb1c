// The cut of one server's files. Under the lock nothing is copied byte for byte but small mutable files, and nothing is
// linked but what changed since the files were linked in advance.
//
//   before the lock   link every immutable file, again and again until little is left to link
//   under the lock    1 fingerprint: what the engine's manifests say is live
//                     2 see what changed since, by the watch or else by a listing; link what is new; note the length of every
//                       append-only file; copy what is mutable
//                     3 fingerprint again: if it changed, or a file vanished, start over
//
// Why this is one state: an engine completes a table before its manifest names it, and deletes a table only after the
// manifest dropped it. Between two equal fingerprints no manifest changed, so every live table was there to be linked.
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { Disk } from "./disk.ts";
import { hasCode, unlessGone } from "./disk-errors.ts";
import type { ChangeWatch, WatchChanges } from "./files/change-watch.ts";
import { FileIndex } from "./files/file-index.ts";
import type { FileLayout } from "./files/layout.ts";
import type { Listing, SymbolicLink } from "./files/listing.ts";
import { inParallel } from "./in-parallel.ts";
import type { PrepareProgress } from "./piece-data.ts";

export interface Source {
  dataDir: string;
  layout: FileLayout;
  disk: Disk;
  /** Everything below a directory, but a top-level `backups`. */
  list: (directory: string) => Promise<Listing>;
  /** Absent: under the lock, everything is listed. */
  watch?: WatchChanges;
}

/** A piece's `data/` directory while it is being filled. */
export interface StagedData {
  dir: string;
  index: FileIndex;
  /** Directories that are made already; "." is `dir` itself. */
  directories: Set<string>;
  watch: ChangeWatch | undefined;
}

/** An empty one, that looks like the data directory. */
export async function stageData({ disk, dataDir, layout }: Source, dir: string): Promise<StagedData> {
  await disk.makeDirectoryLike(dir, dataDir);
  return { dir, index: new FileIndex(layout), directories: new Set(["."]), watch: undefined };
}

/** What the cut shows. Paths are below the data directory. */
export interface LinkedCut {
  immutable: ReadonlySet<string>;
  /** With the length that is in the cut; what was appended later is not. */
  appendOnly: { path: string; length: number }[];
  mutable: ReadonlySet<string>;
  directories: string[];
  links: SymbolicLink[];
  /** How many files were linked or copied under the lock. */
  deltaFiles: number;
}

export interface PrelinkProgress extends PrepareProgress {
  /** Immutable files that the last pass found new. */
  found: number;
}

const maxPasses = 10;
/** So few new files in one pass can be left to the lock. */
const fewFiles = 4;
const filesPerProgress = 1000;

/** From its end on, changes are watched. */
export async function* linkInAdvance(source: Source, staged: StagedData): AsyncGenerator<PrelinkProgress> {
  const { index } = staged;
  let entries = 0;
  for (let passes = 1; passes <= maxPasses; passes++) {
    const listing = await source.list(source.dataDir);
    entries = listing.files.length + listing.directories.length;
    index.replace(listing);
    const missing = [...index.toLink];
    for (const [number, path] of missing.entries()) {
      await linkOne(source, staged, path);
      if (number % filesPerProgress === 0) yield { passes, linkedFiles: index.linkedFiles, found: missing.length };
    }
    yield { passes, linkedFiles: index.linkedFiles, found: missing.length };
    if (missing.length <= fewFiles) break;
  }
  await watchFromNow(source, staged, entries);
}

/** Ends what watches. Repeatable. */
export async function unwatch(staged: StagedData): Promise<void> {
  const { watch } = staged;
  staged.watch = undefined;
  await watch?.close();
}

/** What changed before the watch began is seen by one more listing. */
async function watchFromNow({ watch, list, dataDir }: Source, staged: StagedData, entries: number): Promise<void> {
  await unwatch(staged);
  const { directories } = staged.index;
  staged.watch = await watch?.({ dataDir, directories, entries, ownDir: dirname(staged.dir) });
  if (staged.watch === undefined) return;
  await staged.watch.changes(); // the first answer takes longer than later ones: it is not to be waited for under the lock
  staged.index.replace(await list(dataDir));
}

/** Makes the cut. Must run while writes are stopped. @throws hold-lost, if the files never stand still */
export async function takeCut(source: Source, staged: StagedData): Promise<LinkedCut> {
  const { index } = staged;
  let deltaFiles = 0;
  if (!index.isKnown) await lookAgain(source, staged);
  for (let pass = 1; pass <= maxPasses; pass++) {
    const before = await source.layout.fingerprint(source.dataDir, index.changing);
    await lookAgain(source, staged);
    const linked = await linkKnown(source, staged);
    deltaFiles += linked.count;
    const after = await source.layout.fingerprint(source.dataDir, index.changing);
    if (linked.isComplete && before === after) return cutOf(source.layout, staged, linked.appendOnly, deltaFiles);
  }
  throw new StillpointError(
    "hold-lost",
    `the files changed in each of ${maxPasses} passes although writes are stopped`,
    {
      hint: "does the engine really stop writes? files that change by themselves can be excluded by a glob",
    },
  );
}

/** Afterwards, the index knows all that was there when this was called. */
async function lookAgain({ list, dataDir }: Source, { index, watch }: StagedData): Promise<void> {
  const changes = await watch?.changes();
  if (changes === undefined) index.replace(await list(dataDir));
  else index.apply(changes);
}

function cutOf(
  layout: FileLayout,
  staged: StagedData,
  appendOnly: LinkedCut["appendOnly"],
  deltaFiles: number,
): LinkedCut {
  const { immutable, mutable } = staged.index;
  return { immutable, appendOnly, mutable, ...withoutExcluded(layout, staged), deltaFiles };
}

export function pathsOf({ immutable, appendOnly, mutable }: LinkedCut): string[] {
  return [...immutable, ...appendOnly.map(({ path }) => path), ...mutable];
}

/** The symbolic links that belong to a backup. */
export function included(layout: FileLayout, links: SymbolicLink[]): SymbolicLink[] {
  return links.filter(({ path }) => layout.classify(path) !== "excluded");
}

/** An excluded directory is in the cut all the same if something in it is. */
function withoutExcluded(layout: FileLayout, staged: StagedData): Pick<LinkedCut, "directories" | "links"> {
  const links = included(layout, staged.index.links);
  const parents = new Set(links.map(({ path }) => dirname(path)));
  const isNeeded = (path: string) => staged.directories.has(path) || parents.has(path);
  const directories = staged.index.directories.filter((path) => layout.classify(path) !== "excluded" || isNeeded(path));
  return { directories, links };
}

/**
 * One pass, all files at once: between two equal fingerprints their order means nothing. It is not complete if a file vanished
 * in its course.
 */
async function linkKnown(source: Source, staged: StagedData) {
  const { index } = staged;
  const missing = [...index.toLink];
  const works = [
    inParallel(missing, (path) => linkOne(source, staged, path)),
    inParallel(index.appendOnly, (path) => linkGrowing(source, staged, path)),
    inParallel(index.mutable, (path) => copyOne(source, staged, path)),
  ] as const;
  await Promise.allSettled(works);
  const [linked, appendOnly, copied] = await Promise.all(works);
  const isComplete = [linked, appendOnly, copied].flat().every((done) => done !== false);
  const count = missing.length + index.appendOnly.size + index.mutable.size;
  return { appendOnly: appendOnly.filter((each) => each !== false), isComplete, count };
}

/** False if the file is gone. */
async function linkOne(source: Source, staged: StagedData, path: string): Promise<boolean> {
  const linked = await unlessGone(linkIntoPlace(source, staged, path));
  if (linked === undefined) return false;
  staged.index.hasLinked(path);
  return true;
}

/** A file that is appended to, with the length to keep; false if it is gone. */
async function linkGrowing(source: Source, staged: StagedData, path: string) {
  const linked = await unlessGone(linkIntoPlace(source, staged, path));
  const length = linked === undefined ? undefined : await source.disk.size(linked);
  return length === undefined ? false : { path, length };
}

async function copyOne(source: Source, staged: StagedData, path: string): Promise<boolean> {
  return (await unlessGone(copyIntoPlace(source, staged, path))) !== undefined;
}

/** Where it is now. */
async function linkIntoPlace(source: Source, staged: StagedData, path: string): Promise<string> {
  const place = await placeOf(source, staged, path);
  await linkAnew(source.disk, join(source.dataDir, path), place);
  return place;
}

async function copyIntoPlace(source: Source, staged: StagedData, path: string): Promise<string> {
  const place = await placeOf(source, staged, path);
  await source.disk.copy(join(source.dataDir, path), place);
  return place;
}

/** A path in the piece, whose directory is made. */
async function placeOf(source: Source, staged: StagedData, path: string): Promise<string> {
  await makeParent(source, staged, path);
  return join(staged.dir, path);
}

/** A link of an earlier round is replaced: the name may stand for another file by now. */
async function linkAnew(disk: Disk, from: string, to: string): Promise<void> {
  try {
    await disk.link(from, to);
  } catch (error) {
    if (hasCode(error, "EXDEV")) throw crossDevice(from, error);
    if (!hasCode(error, "EEXIST")) throw error;
    await disk.remove(to);
    await disk.link(from, to);
  }
}

async function makeParent(source: Source, staged: StagedData, path: string): Promise<void> {
  const parent = dirname(path);
  if (staged.directories.has(parent)) return;
  await makeParent(source, staged, parent);
  await source.disk.makeDirectoryLike(join(staged.dir, parent), join(source.dataDir, parent));
  staged.directories.add(parent);
}

function crossDevice(path: string, cause: unknown): StillpointError {
  return new StillpointError("cross-device", `"${path}" is on another file system than the backups`, { cause });
}
