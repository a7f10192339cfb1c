// Reads a small file under the lock, without another thread: the server has just written it, so that it is in memory. The calls
// themselves take microseconds, and to send each of them to another thread takes many times as long.
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { unlessGoneAtOnce } from "../disk-errors.ts";

/** As latin1; undefined if it is gone. Waits for nobody: it may be a pipe by now. */
export function readAtOnce(path: string): string | undefined {
  return unlessGoneAtOnce(() => {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readFileSync(file, "latin1");
    } finally {
      closeSync(file);
    }
  });
}
