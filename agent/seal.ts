// The slow work on a piece after writes go on. A step that was done is done again without harm: a piece that was
// interrupted is sealed by the same steps.
//
//   1 complete the data: it is what the cut shows, and nothing else
//   2 read every file: checksum and fsync
//   3 write SHA256SUMS, then META.json, each durable before the next
import { dirname, join } from "node:path";
import { StillpointError } from "../proto/errors.ts";
import type { Digest } from "./bulk.ts";
import { formatChecksums, sha256 } from "./checksums.ts";
import { digestEach } from "./digest-each.ts";
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
  const { files, directories } = await cut.complete(signal);
  const paths = files.map((path) => `data/${path}`);
  const digests = yield* digestAll(directory, paths, disk, signal);
  const plan = await disk.digest(join(directory, "plan.json"), { signal, gently: true });
  await makeDurable(directory, { files: [...paths, "plan.json"], directories }, disk);
  const sums = formatChecksums(new Map([["plan.json", plan.sha256], ...sumsOf(digests)]));
  await disk.write(join(directory, "SHA256SUMS"), sums);
  const bytes = [...digests.values()].reduce((sum, digest) => sum + digest.bytes, 0);
  const json = metaToJson({ ...describe, files: digests.size, bytes, checksumsSha256: sha256(sums) });
  const meta = metaFromJson(json, `META.json of "${describe.id}"`);
  await disk.write(join(directory, "META.json"), json);
  await disk.sync(dirname(directory));
  return meta;
}

async function makeDurable(directory: string, { files, directories }: Contents, disk: Disk): Promise<void> {
  await disk.syncFiles(files.map((path) => join(directory, path)));
  for (const path of [".", ...directories]) await disk.sync(join(directory, "data", path));
  await disk.sync(directory);
}

function sumsOf(digests: ReadonlyMap<string, Digest>): [string, string][] {
  return [...digests].map(([path, { sha256: sum }]) => [path, sum]);
}

async function* digestAll(
  directory: string,
  paths: readonly string[],
  disk: Disk,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, Map<string, Digest>> {
  const totalBytes = await sizeOf(directory, paths, disk);
  const digests = new Map<string, Digest>();
  let doneBytes = 0;
  for await (const digested of digestEach(directory, paths, disk, { signal, gently: true })) {
    if ("error" in digested) throw digested.error;
    digests.set(digested.path, digested.digest);
    doneBytes += digested.digest.bytes;
    yield { doneBytes, totalBytes };
  }
  return digests;
}

async function sizeOf(directory: string, paths: readonly string[], disk: Disk): Promise<number> {
  const stats = await disk.stats(paths.map((path) => join(directory, path)));
  const vanished = paths.find((_, index) => stats[index] === undefined);
  if (vanished !== undefined) throw new StillpointError("corrupt", `"${vanished}" has vanished from the piece`);
  return stats.reduce((sum, each) => sum + (each?.size ?? 0), 0);
}
