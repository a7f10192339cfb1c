// The port to how a piece's `data/` comes about, from Prepare to Seal: by links of the server's files (linked-data.ts), or
// made by the engine itself (made-data.ts).
//
//   open ──prepare, again and again──▶ ──cut, once a round──▶ ──complete, again if it was interrupted──▶ the contents
import type { FileStats } from "./bulk.ts";

/** One piece's data, in a directory that `OpenPieceData` has made. */
export interface PieceData {
  /** Before the lock, while writes go on: all that is slow. Repeatable. */
  prepare(signal: AbortSignal): AsyncGenerator<PrepareProgress>;
  /** Must run while writes are stopped, and only then. A later cut replaces the one before. @throws hold-lost */
  cut(): Promise<Cut>;
  /** Ends what goes on in the background, also before there is a cut. Repeatable. */
  close(): Promise<void>;
}

/** What the piece will show, settled while writes were stopped. */
export interface Cut {
  files: number;
  /** How many files were linked or copied under the lock. */
  deltaFiles: number;
  /** After writes go on: the directory has what the cut shows, whole and private or never rewritten, and nothing else. */
  complete(signal: AbortSignal): Promise<Contents>;
}

/** Paths below the directory. */
export interface Contents {
  files: string[];
  directories: string[];
  /** By path, the files that this must be hard links of; they are not proved to be so yet. */
  linked?: ReadonlyMap<string, FileStats>;
}

export interface PrepareProgress {
  passes: number;
  linkedFiles: number;
}

/** @param dir full path of the piece's `data/` */
export type OpenPieceData = (dir: string) => Promise<PieceData>;
