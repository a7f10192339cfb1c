// The coordinator's side of a transfer: two-phase commit, presumed abort.
//
// 1. Enter the own gate; wait there while writes are stopped.
// 2. Ask the other server for its promise. It enters its own gate, or says at once that writes are stopped there: then
//    roll back, leave the gate and begin again a little later, so that a stop here never waits for a stop there.
// 3. Decide: the own half and the decision are one batch, synced. Nothing is written for a roll-back.
// 4. Tell the other server until it has its half in its files. Only then leave the gate.
//
// If this process dies before 3, the transaction is aborted: whoever asks about it finds no record. If it dies after 3,
// the other server keeps its promise, and stays in its own gate, until it has asked.
import { randomUUID } from "node:crypto";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Outcome, Transfer, TransferResult } from "./contract.ts";
import { closedError } from "./gate.ts";
import type { OpenWrite } from "./open-write.ts";
import type { Parts } from "./parts.ts";

export class Coordinator {
  readonly #parts: Parts;
  readonly #undecided = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Does the transfer, once for its id. `signal` ends the trying, never what is decided. */
  async transfer(transfer: Transfer, owner: string, signal: AbortSignal): Promise<TransferResult> {
    for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 20)) {
      const result = await this.#try(transfer, owner, signal);
      if (result !== "stopped") return result;
      await systemClock.sleep(pauseMs, signal);
      signal.throwIfAborted();
    }
  }

  /** What became of a transaction. Undecided is looked at first: a transaction ceases to be it after its record is made. */
  async outcome(transaction: string, transfer: Transfer): Promise<Outcome> {
    if (this.#undecided.has(transaction)) return "OUTCOME_PENDING";
    const committed = this.#parts.store.doneBy(transfer) === transaction;
    return committed ? "OUTCOME_COMMITTED" : "OUTCOME_ABORTED";
  }

  async #try(transfer: Transfer, owner: string, signal: AbortSignal): Promise<TransferResult | "stopped"> {
    const { gate, store } = this.#parts;
    const { id, fromServer, fromAccount, toServer, toAccount, amount } = transfer;
    const description = `transfer "${id}" to "${toServer}"`;
    using write = await gate.enter({ id: randomUUID(), owner, description }, signal);
    if (store.doneBy(transfer) !== undefined) return "TRANSFER_RESULT_DONE";
    const balance = store.balance(fromAccount);
    if (balance === undefined) throw noAccount(fromServer, fromAccount);
    if (balance < amount) return "TRANSFER_RESULT_INSUFFICIENT_FUNDS";
    if (fromServer !== toServer) return await this.#acrossServers(transfer, write, signal);
    if (store.balance(toAccount) === undefined) throw noAccount(toServer, toAccount);
    write.promise();
    return resultOf(await store.commit(write.description.id, transfer));
  }

  async #acrossServers(transfer: Transfer, write: OpenWrite, signal: AbortSignal): Promise<TransferResult | "stopped"> {
    const transaction = write.description.id;
    if (!(await this.#isPromised(transfer, write, signal))) return "stopped";
    const decision = await this.#parts.store.commit(transaction, transfer);
    // Not so if that write failed: what is in the files is then known only after they were read again.
    this.#undecided.delete(transaction);
    await this.#tell(transfer.toServer, transaction, decision === "done");
    return resultOf(decision);
  }

  /** Whether the other server has promised its half; if not, writes are stopped there. */
  async #isPromised(transfer: Transfer, write: OpenWrite, signal: AbortSignal): Promise<boolean> {
    const transaction = write.description.id;
    const rollBack = AbortSignal.any([signal, write.signal]);
    let promised = false;
    this.#undecided.add(transaction);
    try {
      const vote = await this.#parts.peers.prepare(transfer.toServer, transaction, transfer, rollBack);
      if (vote === "VOTE_NO_SUCH_ACCOUNT") throw noAccount(transfer.toServer, transfer.toAccount);
      if (vote === "VOTE_YES") write.promise();
      promised = vote === "VOTE_YES";
      return promised;
    } finally {
      if (!promised) this.#undecided.delete(transaction);
    }
  }

  /** A commit is told until the other server has it in its files; a roll-back once, for the other would ask anyway. */
  async #tell(server: string, transaction: string, commit: boolean): Promise<void> {
    const { peers, closing, log } = this.#parts;
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
      try {
        return await peers.decide(server, transaction, commit, closing);
      } catch (error) {
        log.warn({ server, transaction, commit, problem: messageOf(error) }, "cannot tell the decision");
      }
      if (!commit) return;
      await systemClock.sleep(pauseMs, closing);
      if (closing.aborted) throw closedError();
    }
  }
}

function resultOf(decision: "done" | "done-before" | "insufficient-funds"): TransferResult {
  return decision === "insufficient-funds" ? "TRANSFER_RESULT_INSUFFICIENT_FUNDS" : "TRANSFER_RESULT_DONE";
}

function noAccount(server: string, account: string): StillpointError {
  return new StillpointError("not-found", `server "${server}" has no account "${account}"`, {
    hint: "GetAccounts lists a server's accounts",
  });
}
