// What SQLite's files need of everybody who opens one, and what its errors say.
import { closeSync, openSync } from "node:fs";

/**
 * With a mode that SQLite keeps for its side files. Never opens a file that is there: by the closing of it this process would
 * lose what SQLite has locked in it. Errors are Node's.
 */
export function createIfAbsent(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** SQLite's result code, without what it adds in the higher bits. */
export function resultCode(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
}

/** Somebody else has locked the file. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === 5;
}
