// The slow work on a piece after writes go on. A step that was done is done again without harm: a piece that was
// interrupted is sealed by the same steps.
//
//   1 complete the data: it is what the cut shows, and nothing else
//   2 read every file: its checksum, and whether it is the one that it must be; at the same time make all durable
//   3 write SHA256SUMS, then META.json, each durable before the next
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { Digest, DigestResult } from "./bulk.ts";
import { type Checksums, formatChecksums, sha256 } from "./checksums.ts";
import { digestEach } from "./digest-each.ts";
import type { Disk } from "./disk.ts";
import { isMissing } from "./disk-errors.ts";
import { fullPaths } from "./full-paths.ts";
import { type Meta, metaFromJson, metaToJson } from "./meta.ts";
import type { Contents, Cut } from "./piece-data.ts";

export interface SealablePiece {
  /** The staged piece's directory, above `data/`. */
  directory: string;
  cut: Pick<Cut, "complete">;
}

export interface SealProgress {
  doneBytes: number;
  totalBytes: number;
}

const dump = "plan.json";

export type Unsealed = Omit<Meta, "formatVersion" | "files" | "bytes" | "checksumsSha256">;

/** Seals the piece; returns its META. */
export async function* sealPiece(
  { directory, cut }: SealablePiece,
  disk: Disk,
  describe: Unsealed,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Meta> {
  const contents = await cut.complete(signal);
  const { checksums, bytes } = yield* readAndSync(directory, contents, disk, signal);
  const sums = formatChecksums(checksums);
  await disk.write(join(directory, "SHA256SUMS"), sums);
  const json = metaToJson({ ...describe, files: contents.files.length, bytes, checksumsSha256: sha256(sums) });
  const meta = metaFromJson(json, `META.json of "${describe.id}"`);
  await disk.write(join(directory, "META.json"), json);
  await disk.sync(dirname(directory));
  return meta;
}

/** What the files have together. */
interface Digests {
  checksums: Checksums;
  /** Of the data alone. */
  bytes: number;
}

/** The processors read while the disk writes. Both have come to their end then; of two errors, that of reading is told. */
async function* readAndSync(directory: string, contents: Contents, disk: Disk, signal: AbortSignal) {
  const durable = makeDurable(directory, contents, disk);
  const settled = Promise.allSettled([durable]);
  let digests: Digests;
  try {
    digests = yield* digestAll(directory, contents, disk, signal);
  } finally {
    await settled;
  }
  await durable;
  return digests;
}

async function makeDurable(directory: string, contents: Contents, disk: Disk): Promise<void> {
  await disk.syncFiles(fullPaths(directory, pathsOf(contents)));
  for (const path of [".", ...contents.directories]) await disk.sync(join(directory, "data", path));
  await disk.sync(directory);
}

async function* digestAll(
  directory: string,
  contents: Contents,
  disk: Disk,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Digests> {
  const totalBytes = await sizeOf(directory, contents, disk);
  const files = { directory, paths: pathsOf(contents), bytes: totalBytes };
  const digests: Digests = { checksums: new Map(), bytes: 0 };
  for await (const batch of digestEach(files, disk, { signal, gently: true })) {
    for (const { path, digest } of batch) {
      const { sha256: sum, bytes } = checked(path, digest, contents);
      digests.checksums.set(path, sum);
      if (path !== dump) digests.bytes += bytes;
    }
    yield { doneBytes: digests.bytes, totalBytes };
  }
  return digests;
}

/** @throws StillpointError corrupt, if it is not the file that it must be */
function checked(path: string, digest: DigestResult, { linked }: Contents): Digest {
  if ("error" in digest) {
    throw isMissing(digest.error)
      ? new StillpointError("corrupt", `"${path}" has vanished from the piece`)
      : digest.error;
  }
  const name = path.slice("data/".length);
  const live = linked?.get(name);
  if (live === undefined || live.inode === digest.inode) return digest;
  throw new StillpointError("corrupt", `"${name}" was replaced by another file after it had been linked`, {
    hint: "take the backup again; if that does not help, the file is not immutable: class it as mutable",
  });
}

/** Of all data, as far as it is known: what has vanished from the piece is found when it is read. */
async function sizeOf(directory: string, { files, linked }: Contents, disk: Disk): Promise<number> {
  const known = files.map((path) => linked?.get(path));
  const others = files.filter((_, index) => known[index] === undefined);
  const stats = await disk.stats(fullPaths(join(directory, "data"), others));
  return [...known, ...stats].reduce((sum, each) => sum + (each?.size ?? 0), 0);
}

function pathsOf({ files }: Contents): string[] {
  return [...files.map((path) => `data/${path}`), dump];
}
