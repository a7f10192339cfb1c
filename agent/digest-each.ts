// Checksums of many files, so many at a time that neither the disk nor a processor waits for the other.
import { join } from "node:path";
import { pMapIterable } from "p-map";
import type { Digest, DigestOptions } from "./bulk.ts";
import type { Disk } from "./disk.ts";

const atOnce = 128;

export type Digested = { path: string; digest: Digest } | { path: string; error: unknown };

/** In the order of the paths. Ends what is going on when nobody wants more of it. @throws the signal's reason */
export async function* digestEach(
  directory: string,
  paths: Iterable<string>,
  disk: Disk,
  { signal, gently }: DigestOptions,
): AsyncGenerator<Digested> {
  const over = new AbortController();
  const goOn = AbortSignal.any([signal, over.signal]);
  const digest = async (path: string): Promise<Digested> => {
    try {
      return { path, digest: await disk.digest(join(directory, path), { signal: goOn, gently }) };
    } catch (error) {
      return { path, error };
    }
  };
  try {
    for await (const digested of pMapIterable(paths, digest, { concurrency: atOnce })) {
      signal.throwIfAborted();
      yield digested;
    }
  } finally {
    over.abort();
  }
}
