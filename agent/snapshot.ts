// The cut of one server's files. Under the lock nothing is copied byte for byte but small mutable files, and nothing is
// linked but what changed since the files were linked in advance.
//
//   before the lock   link every file that can be linked, again and again until little is left to link
//   under the lock    1 fingerprint: what the engine's manifests say is live
//                     2 see what changed since, by the watch or else by a listing; link what is new or was exchanged; note the
//                       length of every append-only file; copy what is mutable
//                     3 fingerprint again: if it changed, or a file vanished, start over
//
// Why this is one state: an engine completes a table before its manifest names it, and deletes a table only after the
// manifest dropped it. Between two equal fingerprints no manifest changed, so every live table was there to be linked.
import { dirname } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { FileLayout } from "./files/layout.ts";
import { fewEntries, type SymbolicLink } from "./files/listing.ts";
import { inParallel } from "./in-parallel.ts";
import type { PrepareProgress } from "./piece-data.ts";
import { copyOne, keepLinked, linkOne, type Source, type StagedData } from "./staged-data.ts";

/** What the cut shows. Paths are below the data directory. */
export interface LinkedCut {
  immutable: ReadonlySet<string>;
  /** With the length that is in the cut; what was appended later is not. */
  appendOnly: { path: string; length: number }[];
  replaced: ReadonlySet<string>;
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

/** Not after a cut, whose files it would exchange. From its end on, changes are watched. */
export async function* linkInAdvance(source: Source, staged: StagedData): AsyncGenerator<PrelinkProgress> {
  const { index } = staged;
  for (let passes = 1; passes <= maxPasses; passes++) {
    index.replace(await source.list(source.dataDir));
    const missing = [...index.toLink];
    for (const [number, path] of missing.entries()) {
      await linkOne(source, staged, path);
      if (number % filesPerProgress === 0) yield { passes, linkedFiles: index.linkedFiles, found: missing.length };
    }
    await keepLinked(source, staged, index.named);
    yield { passes, linkedFiles: index.linkedFiles, found: missing.length };
    if (missing.length <= fewFiles) break;
  }
  await watchFromNow(source, staged);
}

/** Ends what watches. Repeatable. */
export async function unwatch(staged: StagedData): Promise<void> {
  const { watch } = staged;
  staged.watch = undefined;
  await watch?.close();
}

/** What changed before the watch began is seen by one more listing. */
async function watchFromNow({ watch, list, dataDir }: Source, staged: StagedData): Promise<void> {
  await unwatch(staged);
  const { directories, entries = 0 } = staged.index;
  staged.watch = await watch?.({ dataDir, directories, entries, ownDir: dirname(staged.dir) });
  if (staged.watch === undefined) return;
  await staged.watch.changes(); // the first answer takes longer than later ones: it is not to be waited for under the lock
  staged.index.replace(await list(dataDir));
}

/** Makes the cut. Must run while writes are stopped. @throws hold-lost, if the files never stand still */
export async function takeCut(source: Source, staged: StagedData): Promise<LinkedCut> {
  const { index } = staged;
  let deltaFiles = 0;
  await staged.made.unlock(); // an earlier cut may have been sealed
  if (index.entries === undefined) await lookAgain(source, staged);
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
  const atOnce = index.entries !== undefined && index.entries <= fewEntries;
  if (changes !== undefined) index.apply(changes);
  else index.replace(await list(dataDir, { atOnce }));
}

function cutOf(
  layout: FileLayout,
  staged: StagedData,
  appendOnly: LinkedCut["appendOnly"],
  deltaFiles: number,
): LinkedCut {
  const { immutable, replaced, mutable } = staged.index;
  return { immutable, appendOnly, replaced, mutable, ...withoutExcluded(layout, staged), deltaFiles };
}

export function pathsOf({ immutable, appendOnly, replaced, mutable }: LinkedCut): string[] {
  return [...immutable, ...appendOnly.map(({ path }) => path), ...replaced, ...mutable];
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
    keepLinked(source, staged, index.named),
    inParallel(index.mutable, (path) => copyOne(source, staged, path)),
  ] as const;
  await Promise.allSettled(works);
  const [linked, named, copied] = await Promise.all(works);
  const isComplete = [linked, named, copied].flat().every((done) => done !== false);
  const kept = named.filter((each) => each !== false);
  const count = missing.length + kept.filter(({ isNew }) => isNew).length + index.mutable.size;
  const appendOnly = kept.filter(({ path }) => index.appendOnly.has(path));
  return { appendOnly: appendOnly.map(({ path, length }) => ({ path, length })), isComplete, count };
}
