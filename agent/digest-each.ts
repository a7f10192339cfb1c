// Checksums of many files, so many at a time that neither the disk nor a processor waits for the other.
import { availableParallelism } from "node:os";
import { pMapIterable } from "p-map";
import type { DigestOptions, DigestResult } from "./bulk.ts";
import type { Disk } from "./disk.ts";
import { fullPaths } from "./full-paths.ts";
import { isLittle } from "./little-work.ts";

export interface FilesToDigest {
  directory: string;
  /** Below it. */
  paths: readonly string[];
  /** What they have together, more or less: of large files, few are handed over at once. */
  bytes: number;
}

export interface Digested {
  path: string;
  digest: DigestResult;
}

const cores = availableParallelism();
const mostInBatch = 256;
const bytesInBatch = 8 * 2 ** 20;
/** For each core, so that none is left without work at the end; and of those that are handed over, so that none waits. */
const [batchesPerCore, handedOver] = [4, 2];

/** In batches, in the order of the paths. Ends what is going on when nobody wants more of it. @throws the signal's reason */
export async function* digestEach(
  files: FilesToDigest,
  disk: Disk,
  { signal, gently }: Pick<DigestOptions, "signal" | "gently">,
): AsyncGenerator<Digested[]> {
  const over = new AbortController();
  const goOn = AbortSignal.any([signal, over.signal]);
  const options = { signal: goOn, gently, isLittle: isLittle(files.paths, files.bytes) };
  const digest = async (paths: string[]): Promise<Digested[]> => {
    const digests = await disk.digests(fullPaths(files.directory, paths), options);
    return digests.map((digest, index) => ({ path: paths[index] as string, digest }));
  };
  try {
    for await (const digested of pMapIterable(batchesOf(files), digest, { concurrency: handedOver * cores })) {
      signal.throwIfAborted();
      yield digested;
    }
  } finally {
    over.abort();
  }
}

function batchesOf({ paths, bytes }: FilesToDigest): string[][] {
  const size = Math.min(
    mostInBatch,
    Math.ceil(paths.length / (batchesPerCore * cores)),
    Math.max(1, Math.floor((paths.length * bytesInBatch) / Math.max(1, bytes))),
  );
  const count = paths.length === 0 ? 0 : Math.ceil(paths.length / size);
  return Array.from({ length: count }, (_, batch) => paths.slice(batch * size, (batch + 1) * size));
}
