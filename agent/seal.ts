// The slow work on a piece after writes go on. A step that was done is done again without harm: a piece that was
// interrupted is sealed by the same steps.
//
//   1 complete the data: it is what the cut shows, and nothing else
//   2 read every file: its checksum, and whether it is the one that it must be; at the same time make all durable
//   3 write SHA256SUMS, then META.json, each durable before the next
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { Digest } from "./bulk.ts";
import { formatChecksums, sha256 } from "./checksums.ts";
import { type Digested, digestEach } from "./digest-each.ts";
import type { Disk } from "./disk.ts";
import { isMissing } from "./disk-errors.ts";
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
  const digests = yield* readAndSync(directory, contents, disk, signal);
  const sums = formatChecksums(new Map([...digests].map(([path, { sha256: sum }]) => [path, sum])));
  await disk.write(join(directory, "SHA256SUMS"), sums);
  digests.delete(dump);
  const bytes = [...digests.values()].reduce((sum, digest) => sum + digest.bytes, 0);
  const json = metaToJson({ ...describe, files: digests.size, bytes, checksumsSha256: sha256(sums) });
  const meta = metaFromJson(json, `META.json of "${describe.id}"`);
  await disk.write(join(directory, "META.json"), json);
  await disk.sync(dirname(directory));
  return meta;
}

/** The processors read while the disk writes. Both have come to their end then; of two errors, that of reading is told. */
async function* readAndSync(directory: string, contents: Contents, disk: Disk, signal: AbortSignal) {
  const durable = makeDurable(directory, contents, disk);
  const settled = Promise.allSettled([durable]);
  let digests: Map<string, Digest>;
  try {
    digests = yield* digestAll(directory, contents, disk, signal);
  } finally {
    await settled;
  }
  await durable;
  return digests;
}

async function makeDurable(directory: string, contents: Contents, disk: Disk): Promise<void> {
  await disk.syncFiles(pathsOf(contents).map((path) => join(directory, path)));
  for (const path of [".", ...contents.directories]) await disk.sync(join(directory, "data", path));
  await disk.sync(directory);
}

/** Of each file, by its path below the piece. */
async function* digestAll(
  directory: string,
  contents: Contents,
  disk: Disk,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Map<string, Digest>> {
  const totalBytes = await sizeOf(directory, contents, disk);
  const digests = new Map<string, Digest>();
  let doneBytes = 0;
  const files = { directory, paths: pathsOf(contents), bytes: totalBytes };
  for await (const batch of digestEach(files, disk, { signal, gently: true })) {
    for (const digested of batch) {
      const digest = checked(digested, contents);
      digests.set(digested.path, digest);
      if (digested.path !== dump) doneBytes += digest.bytes;
    }
    yield { doneBytes, totalBytes };
  }
  return digests;
}

/** @throws StillpointError corrupt, if it is not the file that it must be */
function checked({ path, ...result }: Digested, { linked }: Contents): Digest {
  if ("error" in result) {
    throw isMissing(result.error)
      ? new StillpointError("corrupt", `"${path}" has vanished from the piece`)
      : result.error;
  }
  const name = path.slice("data/".length);
  const live = linked?.get(name);
  if (live === undefined || live.inode === result.inode) return result;
  throw new StillpointError("corrupt", `"${name}" was replaced by another file after it had been linked`, {
    hint: "take the backup again; if that does not help, the file is not immutable: class it as mutable",
  });
}

/** Of all data, as far as it is known: what has vanished from the piece is found when it is read. */
async function sizeOf(directory: string, { files, linked }: Contents, disk: Disk): Promise<number> {
  const known = files.map((path) => linked?.get(path));
  const others = files.filter((_, index) => known[index] === undefined);
  const stats = await disk.stats(others.map((path) => join(directory, "data", path)));
  return [...known, ...stats].reduce((sum, each) => sum + (each?.size ?? 0), 0);
}

function pathsOf({ files }: Contents): string[] {
  return [...files.map((path) => `data/${path}`), dump];
}
