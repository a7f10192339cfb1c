// The slow work on a piece after writes go on. A step that was done is done again without harm: a piece that was
// interrupted is sealed by the same steps.
//
//   1 complete the data: it is what the cut shows, and nothing else
//   2 read every file: checksum and fsync
//   3 write SHA256SUMS, then META.json, each durable before the next
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import { type Checksums, formatChecksums, sha256, sha256OfStream } from "./checksums.ts";
import type { Disk } from "./disk.ts";
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

export type Unsealed = Omit<Meta, "formatVersion" | "files" | "bytes" | "checksumsSha256">;

/** Seals the piece; returns its META. */
export async function* sealPiece(
  { directory, cut }: SealablePiece,
  disk: Disk,
  describe: Unsealed,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Meta> {
  const contents = await cut.complete(signal);
  const sizes = await sizesOf(disk, join(directory, "data"), contents.files.toSorted());
  const checksums = yield* checksumAll(directory, sizes, disk, signal);
  await syncDirectories(directory, contents, disk);
  const sums = formatChecksums(checksums);
  await disk.write(join(directory, "SHA256SUMS"), sums);
  const json = metaToJson({ ...describe, files: sizes.size, bytes: total(sizes), checksumsSha256: sha256(sums) });
  const meta = metaFromJson(json, `META.json of "${describe.id}"`);
  await disk.write(join(directory, "META.json"), json);
  await disk.sync(dirname(directory));
  return meta;
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
  directory: string,
  sizes: Map<string, number>,
  disk: Disk,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Checksums> {
  const checksums: Checksums = new Map();
  const totalBytes = total(sizes);
  let doneBytes = 0;
  for (const path of sizes.keys()) {
    const chunks = disk.stream(join(directory, "data", path), { sync: true, signal });
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

async function syncDirectories(directory: string, { directories }: Contents, disk: Disk): Promise<void> {
  for (const path of [".", ...directories]) await disk.sync(join(directory, "data", path));
  await disk.sync(directory);
}
