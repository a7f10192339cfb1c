// What follows on a cut by links, after writes go on. A step that was done is done again without harm.
//
//   1 take out what the cut does not show
//   2 replace the link of each append-only file by a private copy of just the length that is in the cut
//   3 take out what no manifest names
//   4 make empty directories and symbolic links, and give the directories their true modes
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { FileStats } from "./bulk.ts";
import type { Disk } from "./disk.ts";
import { unlessGone } from "./disk-errors.ts";
import { fullPaths } from "./full-paths.ts";
import type { Contents } from "./piece-data.ts";
import { type LinkedCut, pathsOf } from "./snapshot.ts";
import type { Source, StagedData } from "./staged-data.ts";

interface LinkedPiece {
  staged: StagedData;
  cut: LinkedCut;
}

/** @throws StillpointError corrupt, if the files are not what their engine's manifests say, or not of the class that they have */
export async function completeLinks(source: Source, staged: StagedData, cut: LinkedCut): Promise<Contents> {
  const piece = { staged, cut };
  await staged.made.unlock(); // it may have come to its end before
  const works = [liveFiles(cut, source), removeStale(piece, source)] as const;
  await Promise.allSettled(works);
  const [live] = await Promise.all(works);
  await makePrivate(piece, source.disk);
  const files = await pruned(piece, source);
  await completeTree(piece, source);
  await staged.made.lock();
  return { files, directories: cut.directories, linked: live };
}

/** What was linked or copied before the cut, and was gone by then. Symbolic links are all made anew. */
async function removeStale({ staged, cut }: LinkedPiece, { disk, list }: Source): Promise<void> {
  const kept = new Set([...pathsOf(cut), ...cut.directories]);
  const { files, directories, links } = await list(staged.dir);
  const stale = [...files, ...directories].filter((path) => !kept.has(path));
  for (const path of [...stale, ...links.map((link) => link.path)]) {
    staged.index.hasUnlinked(path);
    staged.directories.delete(path);
    staged.made.forget(path);
    await disk.remove(join(staged.dir, path));
  }
}

/** The link is never written to: its inode is the live file's. */
async function makePrivate({ staged, cut }: LinkedPiece, disk: Disk): Promise<void> {
  const copy = join(dirname(staged.dir), ".copy");
  for (const { path, length } of cut.appendOnly) {
    const linked = join(staged.dir, path);
    if ((await disk.size(linked)) === undefined) continue; // no manifest named it when this was done before
    await disk.copy(linked, copy);
    const found = (await disk.size(copy)) ?? 0;
    if (found < length) {
      throw new StillpointError("corrupt", `"${path}" shrank from ${length} to ${found} bytes after the cut`, {
        hint: "a file that is rewritten is not append-only: class it as mutable",
      });
    }
    await disk.truncate(copy, length);
    await disk.rename(copy, linked);
    staged.index.hasUnlinked(path);
  }
}

/** The piece's files that its own manifests name; the others are removed. */
async function pruned({ staged, cut }: LinkedPiece, { disk, layout }: Source): Promise<string[]> {
  const paths = pathsOf(cut);
  const orphans = new Set(await layout.orphans(staged.dir, paths));
  for (const path of orphans) {
    staged.index.hasUnlinked(path);
    await disk.remove(join(staged.dir, path));
  }
  return paths.filter((path) => !orphans.has(path)).sort();
}

/**
 * What was linked in advance must still be what the server has under that name: a server that was started anew between the link
 * and the cut may use the name of a table again. What it has dropped since was right if it was there at the cut.
 */
async function liveFiles({ immutable }: LinkedCut, { disk, dataDir }: Source): Promise<Map<string, FileStats>> {
  const paths = [...immutable];
  const stats = await disk.stats(fullPaths(dataDir, paths));
  return new Map(paths.flatMap((path, index) => (stats[index] === undefined ? [] : [[path, stats[index]]])));
}

/** Empty directories and symbolic links are part of the data too. */
async function completeTree({ staged, cut }: LinkedPiece, { disk, dataDir }: Source): Promise<void> {
  for (const path of cut.directories.toSorted()) await completeDirectory(staged, path, dataDir);
  for (const { path, target } of cut.links) await disk.makeSymbolicLink(join(staged.dir, path), target);
}

/** It looks as the server's does now. One that is gone by now keeps the look that it had when it was made. */
async function completeDirectory({ made, directories }: StagedData, path: string, dataDir: string): Promise<void> {
  const isThere = (await unlessGone(made.makeLike(path, dataDir).then(() => true))) ?? directories.has(path);
  if (!isThere) await made.makePrivate(path, dirname(path));
  directories.add(path);
}
