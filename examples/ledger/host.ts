// The server's one database, or none while its files are being exchanged.
import { Database, type DatabaseOptions } from "./database.ts";
import { closedError } from "./gate.ts";
import type { NewLedger } from "./open-store.ts";
import { Serial } from "./serial.ts";

export class Host {
  readonly #options: DatabaseOptions;
  readonly #changes = new Serial();
  #database: Database | undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#database !== undefined;
  }

  /** @throws StillpointError unreachable, if it is closed */
  get database(): Database {
    if (this.#database === undefined) throw closedError();
    return this.#database;
  }

  /** Repeatable. @throws StillpointError corrupt, held-by-another */
  open(newLedger?: NewLedger): Promise<void> {
    return this.#changes.run(async () => {
      this.#database ??= await Database.open(this.#options, newLedger);
    });
  }

  /** Repeatable. */
  close(): Promise<void> {
    return this.#changes.run(async () => {
      const database = this.#database;
      this.#database = undefined;
      await database?.close();
    });
  }
}
