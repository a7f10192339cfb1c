// The other side of a transfer: promises its half, and keeps the promise until it knows the coordinator's decision.
//
// From its promise on a transaction is in the gate, after a restart too, so that writes cannot be stopped while one is
// in doubt. Usually the coordinator tells its decision; when it does not, it is asked until it answers.
import { messageOf } from "../../proto/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Transfer, Vote } from "./contract.ts";
import { closedError } from "./gate.ts";
import type { OpenWrite } from "./open-write.ts";
import type { Parts } from "./parts.ts";

const askEveryMs = 100;
const askAfterMs = 200;

export class Participant {
  readonly #parts: Parts;
  readonly #inDoubt = new Map<string, { transfer: Transfer; write: OpenWrite }>();
  #asking = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes up the promises that the files hold. Before anybody else is let in. */
  async open(): Promise<void> {
    const { store, gate, closing } = this.#parts;
    for await (const [transaction, transfer] of store.promises()) {
      const write = await gate.enter(describe(transaction, transfer), closing);
      write.promise();
      this.#inDoubt.set(transaction, { transfer, write });
    }
    this.#asking = this.#askForOutcomes();
  }

  /** How many transactions are promised and not decided, as far as this server knows. */
  get inDoubt(): number {
    return this.#inDoubt.size;
  }

  /** Promises to do this server's half, or says why not. Never waits for the gate: the coordinator is in its own. */
  async prepare(transaction: string, transfer: Transfer): Promise<Vote> {
    const { store, gate, closing } = this.#parts;
    const write = gate.tryEnter(describe(transaction, transfer));
    if (write === undefined) return "VOTE_STOPPED";
    try {
      if (store.balance(transfer.toAccount) === undefined) return "VOTE_NO_SUCH_ACCOUNT";
      write.promise();
      await store.promise(transaction, transfer);
      if (closing.aborted) throw closedError();
      this.#inDoubt.set(transaction, { transfer, write });
      return "VOTE_YES";
    } finally {
      if (!this.#inDoubt.has(transaction)) write.leave();
    }
  }

  /** Does its half or forgets it; the transaction is over when this returns. Repeatable. */
  async decide(transaction: string, commit: boolean): Promise<void> {
    await this.#parts.store.settle(transaction, commit);
    this.#inDoubt.get(transaction)?.write.leave();
    this.#inDoubt.delete(transaction);
  }

  /** Leaves the gate; the promises stay in the files. To be called when `closing` has aborted. */
  async close(): Promise<void> {
    for (const { write } of this.#inDoubt.values()) write.leave();
    await this.#asking;
  }

  async #askForOutcomes(): Promise<void> {
    while (await systemClock.sleep(askEveryMs, this.#parts.closing)) {
      const overdue = [...this.#inDoubt].filter(([, { write }]) => write.ageMs > askAfterMs);
      await Promise.all(overdue.map(([transaction, { transfer }]) => this.#ask(transaction, transfer)));
    }
  }

  async #ask(transaction: string, transfer: Transfer): Promise<void> {
    const { peers, closing, log } = this.#parts;
    try {
      const outcome = await peers.outcome(transfer.fromServer, transaction, transfer, closing);
      if (outcome === "OUTCOME_COMMITTED") await this.decide(transaction, true);
      if (outcome === "OUTCOME_ABORTED") await this.decide(transaction, false);
      log.info({ transaction, coordinator: transfer.fromServer, outcome }, "asked for an outcome");
    } catch (error) {
      log.warn({ transaction, coordinator: transfer.fromServer, problem: messageOf(error) }, "still in doubt");
    }
  }
}

function describe(id: string, { fromServer, id: transfer }: Transfer) {
  return { id, owner: `server ${fromServer}`, description: `transfer "${transfer}" from "${fromServer}"` };
}
