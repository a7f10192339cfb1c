// One agent for each data directory. A second one would sweep away what the first is making, and start a server that the first
// has stopped. The lock is the operating system's, on a file, so that it ends with the process, however that ends.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, StillpointError } from "../proto/errors.ts";
import { createIfAbsent, isBusy } from "../runtime/sqlite-file.ts";
import { nodeDisk } from "./disk.ts";
import { backupsDirectory } from "./piece-store.ts";

/** Until it is disposed of. @throws StillpointError held-by-another; invalid, if we may not write there */
export async function lockDirectory(dataDir: string): Promise<Disposable> {
  const backups = join(dataDir, backupsDirectory);
  await nodeDisk.makeDirectory(backups);
  const file = join(backups, ".agent-lock");
  try {
    return lockFile(file);
  } catch (cause) {
    if (isBusy(cause)) {
      throw new StillpointError("held-by-another", `another agent works on data directory "${dataDir}"`, {
        hint: "one agent for each data directory: stop the other one first",
      });
    }
    throw new StillpointError("invalid", `"${file}" cannot be locked: ${messageOf(cause)}`, {
      hint: "remove it while no agent runs, and see that the agent's user may write there",
    });
  }
}

/** SQLite, for that it locks files as the system does: nothing is ever written into this one. */
function lockFile(file: string): Disposable {
  createIfAbsent(file);
  if (!lstatSync(file).isFile()) throw new Error("it is not a file");
  const database = new DatabaseSync(file);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}
