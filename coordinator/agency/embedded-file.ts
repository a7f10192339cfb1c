// The file of the embedded agency: a SQLite database that several processes of one machine may use at once.
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { cancelledBy } from "../../proto/call.ts";
import { messageOf, type Reason, StillpointError } from "../../proto/errors.ts";
import { createIfAbsent, isBusy, resultCode } from "../../runtime/sqlite-file.ts";

export interface WaitOptions {
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
}

const formatVersion = 1;

/** SQLite waits inside the event loop, so it waits shortly; a longer wait for another process is made of pauses. */
const blockingWaitMs = 50;
const pauseMs = 20;
const defaultTimeoutMs = 2500;

/** The value comes last: SQLite reads a row up to the column that it needs. */
const schema = `
  CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
  INSERT INTO counter VALUES (0);
  CREATE TABLE entries (
    key TEXT PRIMARY KEY,
    createRevision INTEGER NOT NULL,
    modRevision INTEGER NOT NULL,
    leaseEndsAt INTEGER,
    leaseBootId TEXT,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX leased ON entries (leaseEndsAt) WHERE leaseEndsAt IS NOT NULL;
  PRAGMA user_version = ${formatVersion};
`;

export class EmbeddedFile {
  readonly #path: string;
  readonly #database: DatabaseSync;

  static async open(path: string): Promise<EmbeddedFile> {
    makeFile(path);
    const database = await whenFree(path, () => new DatabaseSync(path, { timeout: blockingWaitMs }));
    const file = new EmbeddedFile(path, database);
    try {
      await whenFree(path, () => database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
      await file.transaction(() => prepareSchema(path, database));
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  private constructor(path: string, database: DatabaseSync) {
    this.#path = path;
    this.#database = database;
  }

  /** Runs the work alone among all processes; what it throws undoes it. On the disk when this resolves. */
  transaction<T>(work: (database: DatabaseSync) => T, options: WaitOptions = {}): Promise<T> {
    return whenFree(this.#path, () => committed(this.#database, work), options);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function makeFile(path: string): void {
  try {
    createIfAbsent(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === "ENOENT" ? "its directory does not exist" : messageOf(error);
    const hint = "make the directory, or set another file for the agency";
    throw new StillpointError("invalid", `the agency file "${path}" cannot be made: ${problem}`, {
      hint,
      cause: error,
    });
  }
}

function prepareSchema(path: string, database: DatabaseSync): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.user_version);
  if (version === formatVersion) return;
  if (version > formatVersion) {
    const hint = "use the version of Stillpoint that wrote it, or a newer one";
    throw new StillpointError(
      "version",
      `the agency file "${path}" has format ${version}, newer than ${formatVersion}`,
      {
        hint,
      },
    );
  }
  if (database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
    throw new StillpointError("invalid", `the file "${path}" is a database of something else`);
  }
  database.exec(schema);
}

function committed<T>(database: DatabaseSync, work: (database: DatabaseSync) => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work(database);
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

async function whenFree<T>(path: string, work: () => T, options: WaitOptions = {}): Promise<T> {
  const { timeoutMs = defaultTimeoutMs, signal } = options;
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    if (signal?.aborted) throw cancelledBy(signal);
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw translated(error, path);
    }
    await pause(pauseMs, undefined, { signal }).catch(() => {}); // an abort is seen at the top of the loop
  }
}

const reasons: Record<number, { reason: Reason; hint?: string }> = {
  5: { reason: "unreachable", hint: "another process keeps the agency file locked; look which one has it open" },
  8: { reason: "invalid", hint: "the agency file must be writable" },
  10: { reason: "unreachable", hint: "look at the disk that the agency file is on" },
  11: { reason: "corrupt", hint: "remove the agency file and apply the Plan again: stillpoint plan apply FILE" },
  13: { reason: "no-space", hint: "make room on the disk that the agency file is on" },
  14: { reason: "invalid", hint: "the agency file must be a file that this user may read and write" },
  26: { reason: "corrupt", hint: "this is no agency file; set another one in the configuration" },
};

function translated(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const { reason, ...details } = reasons[code] ?? { reason: "internal" };
  return new StillpointError(reason, `the agency file "${path}" failed: ${messageOf(error)}`, {
    ...details,
    cause: error,
  });
}
