// Reads a committed piece and says what is wrong with it. Only reads: no engine is ever opened on a piece's files.
import { join } from "node:path";
import { messageOf, StillpointError } from "../proto/errors.ts";
import { maxDumpBytes } from "../proto/load.ts";
import type { DigestResult } from "./bulk.ts";
import { type Checksums, parseChecksums, sha256 } from "./checksums.ts";
import { digestEach } from "./digest-each.ts";
import type { Disk } from "./disk.ts";
import { isMissing } from "./disk-errors.ts";
import { type Listing, pointsOutside } from "./files/listing.ts";
import { type Meta, provesCut } from "./meta.ts";
import type { SealProgress } from "./seal.ts";

export interface VerifiablePiece {
  directory: string;
  meta: Meta;
  disk: Disk;
  /** Everything below the piece's `data/`. */
  list: () => Promise<Listing>;
}

/** Yields progress; returns a sentence for each thing that is wrong. */
export async function* verifyPiece(
  piece: VerifiablePiece,
  signal: AbortSignal,
): AsyncGenerator<SealProgress, string[]> {
  const problems = checkMeta(piece.meta);
  const checksums = await readChecksums(piece);
  const { files, links } = await piece.list();
  const present = new Set(files.map((path) => `data/${path}`));
  problems.push(...[...present].filter((path) => !checksums.has(path)).map((path) => `"${path}" does not belong here`));
  problems.push(...links.filter(pointsOutside).map(({ path }) => `link "data/${path}" points out of the data`));
  if (!checksums.has("plan.json")) problems.push("SHA256SUMS does not have plan.json");
  if (present.size !== piece.meta.files) {
    problems.push(`${present.size} files are there, META.json has ${piece.meta.files}`);
  }
  present.add("plan.json");
  const [there, missing] = partition([...checksums.keys()], (path) => present.has(path));
  problems.push(...missing.map((path) => `"${path}" is missing`));
  let doneBytes = 0;
  const toRead = { directory: piece.directory, paths: there, bytes: piece.meta.bytes };
  for await (const batch of digestEach(toRead, piece.disk, { signal, gently: false })) {
    for (const { path, digest } of batch) {
      if ("bytes" in digest && path !== "plan.json") doneBytes += digest.bytes; // META.json counts data only
      const problem = problemOf(digest, checksums.get(path));
      if (problem !== undefined) problems.push(`"${path}" ${problem}`);
    }
    yield { doneBytes, totalBytes: piece.meta.bytes };
  }
  if (problems.length === 0 && doneBytes !== piece.meta.bytes) {
    problems.push(`the files have ${doneBytes} bytes, META.json has ${piece.meta.bytes}`);
  }
  return problems;
}

/** SHA256SUMS, proved by META.json. @throws StillpointError corrupt */
export async function readChecksums({ directory, meta, disk }: VerifiablePiece): Promise<Checksums> {
  const where = `SHA256SUMS of "${meta.id}"`;
  const text = await disk.read(join(directory, "SHA256SUMS"), largestChecksums(meta)).catch((cause: unknown) => {
    throw new StillpointError("corrupt", `${where} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (sha256(text) !== meta.checksumsSha256) {
    throw new StillpointError("corrupt", `${where} is not the one that META.json names`);
  }
  return parseChecksums(text.toString(), where);
}

/** The dump of a piece. @throws StillpointError corrupt, if it is not the one that was sealed */
export async function readDump(piece: VerifiablePiece): Promise<Buffer> {
  const where = `plan.json of backup "${piece.meta.id}"`;
  const expected = (await readChecksums(piece)).get("plan.json");
  const dump = await piece.disk.read(join(piece.directory, "plan.json"), maxDumpBytes).catch((cause: unknown) => {
    throw new StillpointError("corrupt", `${where} cannot be read: ${messageOf(cause)}`, { cause });
  });
  if (sha256(dump) === expected) return dump;
  throw new StillpointError("corrupt", `${where} is damaged: its checksum is another`);
}

/** A checksum, a path of the greatest length with every character escaped, and what stands between them. */
const longestLine = 64 + 4 + 2 * 4096;
/** The longest text that can be read at once. */
const longestText = 500 * 1024 * 1024;

function largestChecksums({ files }: Meta): number {
  return Math.min((files + 1) * longestLine, longestText);
}

function checkMeta(meta: Meta): string[] {
  if (meta.potentiallyInconsistent || provesCut(meta)) return [];
  return ["META.json does not prove the cut: the hold was broken, or the cut was made outside of it"];
}

/** What is wrong with a file; undefined if nothing is. */
function problemOf(digest: DigestResult, expected: string | undefined): string | undefined {
  if ("sha256" in digest) {
    return digest.sha256 === expected ? undefined : "is damaged: its checksum is another";
  }
  return isMissing(digest.error) ? "is missing" : `cannot be read: ${messageOf(digest.error)}`;
}

function partition<Each>(all: readonly Each[], isFirst: (each: Each) => boolean): [Each[], Each[]] {
  return [all.filter(isFirst), all.filter((each) => !isFirst(each))];
}
