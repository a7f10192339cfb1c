// The slow work on a piece after writes go on. A step that was done is done again without harm: a piece that was
// interrupted is sealed by the same steps.
//
//   1 take out what the cut does not show, and what no manifest names
//   2 replace the link of each append-only file by a private copy of just the length that is in the cut
//   3 see that what was linked in advance was not replaced under its name before the cut
//   4 read every file: checksum and fsync
//   5 write SHA256SUMS, then META.json, each durable before the next
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import { type Checksums, formatChecksums, sha256, sha256OfStream } from "./checksums.ts";
import type { Disk } from "./disk.ts";
import { type Meta, metaFromJson, metaToJson } from "./meta.ts";
import type { Cut, Source, StagedData } from "./snapshot.ts";

export interface SealablePiece {
  /** The staged piece's directory, above `data/`. */
  directory: string;
  staged: StagedData;
  cut: Cut;
}

export interface SealProgress {
  doneBytes: number;
  totalBytes: number;
}

export type Unsealed = Omit<Meta, "formatVersion" | "files" | "bytes" | "checksumsSha256">;

/** Seals the piece; returns its META. */
export async function* sealPiece(
  piece: SealablePiece,
  source: Source,
  describe: Unsealed,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Meta> {
  const { disk } = source;
  await removeStale(piece, source);
  await makePrivate(piece, disk);
  const files = await pruned(piece, source);
  await mustBeTheSame(piece, source);
  await completeTree(piece, source);
  const sizes = await sizesOf(disk, piece.staged.dir, files);
  const checksums = yield* checksumAll(piece, sizes, disk, signal);
  await syncDirectories(piece, disk);
  const sums = formatChecksums(checksums);
  await disk.write(join(piece.directory, "SHA256SUMS"), sums);
  const json = metaToJson({ ...describe, files: sizes.size, bytes: total(sizes), checksumsSha256: sha256(sums) });
  const meta = metaFromJson(json, `META.json of "${describe.id}"`);
  await disk.write(join(piece.directory, "META.json"), json);
  await disk.sync(dirname(piece.directory));
  return meta;
}

/** What was linked or copied before the cut, and was gone by then. Symbolic links are all made anew. */
async function removeStale({ staged, cut }: SealablePiece, { disk, list }: Source): Promise<void> {
  const kept = new Set([...pathsOf(cut), ...cut.directories]);
  const { files, directories, links } = await list(staged.dir);
  const stale = [...files, ...directories].filter((path) => !kept.has(path));
  for (const path of [...stale, ...links.map((link) => link.path)]) {
    staged.linked.delete(path);
    staged.directories.delete(path);
    await disk.remove(join(staged.dir, path));
  }
}

/** The link is never written to: its inode is the live file's. */
async function makePrivate({ directory, staged, cut }: SealablePiece, disk: Disk): Promise<void> {
  const copy = join(directory, ".copy");
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
  }
}

function pathsOf({ immutable, appendOnly, mutable }: Cut): string[] {
  return [...immutable, ...appendOnly.map(({ path }) => path), ...mutable];
}

/** The piece's files that its own manifests name; the others are removed. */
async function pruned({ staged, cut }: SealablePiece, { disk, layout }: Source): Promise<string[]> {
  const paths = pathsOf(cut);
  const orphans = new Set(await layout.orphans(staged.dir, paths));
  for (const path of orphans) {
    staged.linked.delete(path);
    await disk.remove(join(staged.dir, path));
  }
  return paths.filter((path) => !orphans.has(path)).sort();
}

/** A server that was started anew between the link and the cut may use the name of a table again. */
async function mustBeTheSame({ staged, cut }: SealablePiece, { disk, dataDir }: Source): Promise<void> {
  for (const path of cut.immutable) {
    const live = await disk.inode(join(dataDir, path));
    const linked = await disk.inode(join(staged.dir, path));
    if (live === undefined || linked === undefined || live === linked) continue; // gone by now, or pruned
    throw new StillpointError("corrupt", `"${path}" was replaced by another file after it had been linked`, {
      hint: "take the backup again; if that does not help, the file is not immutable: class it as mutable",
    });
  }
}

/** Empty directories and symbolic links are part of the data too. */
async function completeTree({ staged, cut }: SealablePiece, { disk, dataDir }: Source): Promise<void> {
  for (const path of cut.directories.toSorted()) {
    const model = (await disk.size(join(dataDir, path))) === undefined ? dataDir : join(dataDir, path);
    await disk.makeDirectoryLike(join(staged.dir, path), model);
    staged.directories.add(path);
  }
  for (const { path, target } of cut.links) await disk.makeSymbolicLink(join(staged.dir, path), target);
}

async function sizesOf(disk: Disk, directory: string, paths: string[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const path of paths) {
    const size = await disk.size(join(directory, path));
    if (size === undefined) throw new StillpointError("corrupt", `"${path}" has vanished from the piece`);
    sizes.set(path, size);
  }
  return sizes;
}

function total(sizes: Map<string, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function* checksumAll(
  { directory, staged }: SealablePiece,
  sizes: Map<string, number>,
  disk: Disk,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Checksums> {
  const checksums: Checksums = new Map();
  const totalBytes = total(sizes);
  let doneBytes = 0;
  for (const path of sizes.keys()) {
    const chunks = disk.stream(join(staged.dir, path), { sync: true, signal });
    checksums.set(
      `data/${path}`,
      await sha256OfStream(chunks, (bytes) => {
        doneBytes += bytes;
      }),
    );
    yield { doneBytes, totalBytes };
  }
  const plan = disk.stream(join(directory, "plan.json"), { sync: true, signal });
  checksums.set("plan.json", await sha256OfStream(plan, () => {}));
  return checksums;
}

async function syncDirectories({ directory, staged, cut }: SealablePiece, disk: Disk): Promise<void> {
  for (const path of [".", ...cut.directories]) await disk.sync(join(staged.dir, path));
  await disk.sync(directory);
}
