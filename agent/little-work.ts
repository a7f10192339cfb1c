// Work that is done sooner than a thread for it has started (bulk.ts), which takes 40 ms of a processor: a small database that
// is backed up often would pay them each time. Little enough is done at once to hold nobody else up.
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import type { Digest, DigestResult, FileStats } from "./bulk.ts";
import { unlessGoneAtOnce } from "./disk-errors.ts";
import { openRegular } from "./regular-file.ts";

const fewFiles = 32;
const littleBytes = 16 * 1024 * 1024;
const bytesAtOnce = 256 * 1024;

export function areFew(files: readonly unknown[]): boolean {
  return files.length <= fewFiles;
}

/** @param bytes what the files have together */
export function isLittle(files: readonly unknown[], bytes: number): boolean {
  return areFew(files) && bytes <= littleBytes;
}

export async function digestsHere(paths: readonly string[], signal: AbortSignal): Promise<DigestResult[]> {
  const digests = paths.map((path) => digestHere(path, signal).catch((error: unknown) => ({ error })));
  const results = await Promise.all(digests);
  signal.throwIfAborted();
  return results;
}

async function digestHere(path: string, signal: AbortSignal): Promise<Digest> {
  const file = await openRegular(path);
  try {
    const { ino: inode } = await file.stat();
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(bytesAtOnce);
    for (let bytes = 0; !signal.aborted; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return { sha256: hash.digest("hex"), bytes, inode };
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    throw signal.reason;
  } finally {
    await file.close();
  }
}

/** At once, also under a lock: the kernel has them in memory, and to ask another thread takes many times as long. */
export async function statsHere(paths: readonly string[]): Promise<(FileStats | undefined)[]> {
  return paths.map((path) =>
    unlessGoneAtOnce(() => {
      const { size, ino: inode } = statSync(path);
      return { size, inode };
    }),
  );
}
