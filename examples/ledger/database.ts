// A database from its opening to its closing: what is to last longer is in its files. Restoring is closing this one,
// exchanging the files and opening another.
import { Coordinator } from "./coordinator.ts";
import type { Gate } from "./gate.ts";
import { type NewLedger, openStore } from "./open-store.ts";
import { Participant } from "./participant.ts";
import type { Parts } from "./parts.ts";
import type { Store } from "./store.ts";

export interface DatabaseOptions extends Pick<Parts, "peers" | "log"> {
  dataDir: string;
  newGate: () => Gate;
}

export class Database {
  readonly store: Store;
  readonly gate: Gate;
  readonly coordinator: Coordinator;
  readonly participant: Participant;
  readonly #closing = new AbortController();

  /** Opens the files, and takes up the transactions in doubt. @throws StillpointError corrupt, held-by-another */
  static async open(options: DatabaseOptions, newLedger?: NewLedger): Promise<Database> {
    const store = await openStore(options.dataDir, newLedger);
    const database = new Database(store, options);
    try {
      await database.participant.open();
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  private constructor(store: Store, { peers, log, newGate }: DatabaseOptions) {
    this.store = store;
    this.gate = newGate();
    const parts = { store, gate: this.gate, peers, closing: this.#closing.signal, log };
    this.coordinator = new Coordinator(parts);
    this.participant = new Participant(parts);
  }

  /** Rolls back what is not decided; leaves what is in doubt, to be settled after the next opening. */
  async close(): Promise<void> {
    const everybodyLeft = this.gate.close();
    this.#closing.abort();
    await this.participant.close();
    await everybodyLeft;
    await this.store.close();
  }
}
