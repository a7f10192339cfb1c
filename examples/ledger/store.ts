// The accounts, the journal and the promises in LevelDB. Whatever must be seen together is written in one batch.
//
// A write is in the files, as far as the operating system knows them, before it is acknowledged: a copy of stopped files
// is complete, and SIGKILL loses nothing. A transaction's promise and its decision are synced to the disk as well, for
// another server relies on them after a power failure. The participant's half is not: should it be lost, its promise,
// written before it, is not, and the coordinator is asked again.
import type { BatchOperation, ClassicLevel } from "classic-level";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import type { Account, Transfer } from "./contract.ts";
import { closedError } from "./gate.ts";
import { Serial } from "./serial.ts";

export type Level = ClassicLevel<string, unknown>;

/** A transfer in the journal. The coordinator's record of it is the decision to commit the transaction. */
interface JournalRecord extends Transfer {
  transaction: string;
  /** What it added to the sum of this server's balances. */
  change: number;
}

type Operation = BatchOperation<Level, string, unknown>;

export class Store {
  readonly #level: Level;
  readonly #balances;
  readonly #journal;
  readonly #promises;
  /** Balances are read, changed and written by one transaction at a time. */
  readonly #changes = new Serial();
  /** Of the first write that failed. */
  #failure: StillpointError | undefined;
  /** Length of the journal. */
  transferCount = 0;

  constructor(level: Level) {
    const json = { valueEncoding: "json" };
    this.#level = level;
    this.#balances = level.sublevel<string, number>("account", json);
    this.#journal = level.sublevel<string, JournalRecord>("transfer", json);
    this.#promises = level.sublevel<string, Transfer>("promise", json);
  }

  /** Accounts for a new ledger, all in one batch. */
  async create(balances: Map<string, number>): Promise<void> {
    const puts = [...balances].map(([name, balance]) => this.#putBalance(name, balance));
    const total = sum(balances.values());
    await this.#write([...puts, { type: "put", key: "initialTotal", value: total }]);
  }

  /** Sum of all balances before the first transfer; undefined if there is no ledger in the files. */
  initialTotal(): number | undefined {
    return this.#level.getSync("initialTotal") as number | undefined;
  }

  balance(account: string): number | undefined {
    return this.#balances.getSync(account);
  }

  /** The transaction that did this transfer, if one did. */
  doneBy(transfer: Transfer): string | undefined {
    return this.#journal.getSync(journalKey(transfer))?.transaction;
  }

  async *accounts(): AsyncGenerator<Account> {
    for await (const [name, balance] of this.#reading(this.#balances.iterator())) yield { name, balance };
  }

  journal(): AsyncGenerator<JournalRecord> {
    return this.#reading(this.#journal.values());
  }

  /** Transactions that were promised and are not settled: [transaction, transfer]. */
  promises(): AsyncGenerator<[string, Transfer]> {
    return this.#reading(this.#promises.iterator());
  }

  /** The coordinator's half, and its decision: "done" is to commit, all else to roll back. */
  commit(transaction: string, transfer: Transfer): Promise<"done" | "done-before" | "insufficient-funds"> {
    return this.#changes.run(async () => {
      if (this.doneBy(transfer) !== undefined) return "done-before";
      const { fromServer, fromAccount, toServer, toAccount, amount } = transfer;
      if ((this.balance(fromAccount) ?? 0) < amount) return "insufficient-funds";
      const changes = new Map([[fromAccount, -amount]]);
      if (fromServer === toServer) changes.set(toAccount, amount);
      await this.#write(this.#booking(transaction, transfer, changes), { sync: true });
      this.transferCount++;
      return "done";
    });
  }

  /** The participant's promise to do its half if the coordinator decides so. */
  promise(transaction: string, transfer: Transfer): Promise<void> {
    const put: Operation = { type: "put", sublevel: this.#promises, key: transaction, value: transfer };
    return this.#write([put], { sync: true });
  }

  /** Keeps the promise or drops it. Repeatable: does nothing for a transaction that is settled or was never promised. */
  settle(transaction: string, commit: boolean): Promise<void> {
    return this.#changes.run(async () => {
      const transfer = this.#promises.getSync(transaction);
      if (transfer === undefined) return;
      const changes = new Map([[transfer.toAccount, transfer.amount]]);
      const booking = commit ? this.#booking(transaction, transfer, changes) : [];
      await this.#write([...booking, { type: "del", sublevel: this.#promises, key: transaction }]);
      if (commit) this.transferCount++;
    });
  }

  /** Writes what LevelDB has in memory to a table file. No key lies in this range, so nothing else is compacted. */
  flush(): Promise<void> {
    return this.#level.compactRange("~", "~");
  }

  /** Ends reads that are still going on. Repeatable. */
  close(): Promise<void> {
    return this.#level.close();
  }

  /**
   * After a write that failed, as on a full disk, the log may end in the middle of a record, and what LevelDB writes behind
   * it is lost at the next opening: nothing is written any more until then.
   */
  async #write(operations: Operation[], options: { sync?: boolean } = {}): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      await this.#level.batch(operations, options);
    } catch (error) {
      if (this.#level.status !== "open") throw error;
      const message = `the database must be started again, it could not write: ${messageOf(error)}`;
      this.#failure = new StillpointError("unreachable", message, { cause: error });
      throw this.#failure;
    }
  }

  #booking(transaction: string, transfer: Transfer, changes: Map<string, number>): Operation[] {
    const record: JournalRecord = { ...transfer, transaction, change: sum(changes.values()) };
    return [
      { type: "put", sublevel: this.#journal, key: journalKey(transfer), value: record },
      ...[...changes].map(([name, change]) => this.#putBalance(name, (this.balance(name) ?? 0) + change)),
    ];
  }

  #putBalance(account: string, balance: number): Operation {
    return { type: "put", sublevel: this.#balances, key: account, value: balance };
  }

  async *#reading<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      throw this.#level.status === "open" ? error : closedError();
    }
  }
}

function journalKey({ fromServer, id }: Transfer): string {
  return `${fromServer}/${id}`;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, each) => total + each, 0);
}
