// Two-phase commit between two databases in one process: messages are lost or late, databases are closed and reopened.
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Outcome, Transfer, TransferResult, Vote } from "../../examples/ledger/contract.ts";
import { Database } from "../../examples/ledger/database.ts";
import { Gate } from "../../examples/ledger/gate.ts";
import { StillpointError } from "../../proto/errors.ts";
import { openLog } from "../../runtime/log.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const never = new AbortController().signal;
const log = openLog("test", "silent");
const account = "account-0001";
const fromTo = { fromServer: "a", fromAccount: account, toServer: "b", toAccount: account };
const transfer: Transfer = { id: "t", amount: 30, ...fromTo };

/** Servers "a" and "b", each with one account of 100, and the network between them. */
class Bank {
  readonly #directory: string;
  readonly #databases = new Map<string, Database>();
  /** Messages that do not arrive. */
  readonly lost = new Set<"prepare" | "decide" | "outcome">();
  /** Prepare arrives only after this. */
  delay: Promise<unknown> = Promise.resolve();

  static async open(): Promise<Bank> {
    const bank = new Bank(await temporaryDirectory());
    await bank.reopen("a");
    await bank.reopen("b");
    onTestFinished(async () => {
      await Promise.all([bank.a.close(), bank.b.close()]);
    });
    return bank;
  }

  private constructor(directory: string) {
    this.#directory = directory;
  }

  get a(): Database {
    return this.#reach("a");
  }

  get b(): Database {
    return this.#reach("b");
  }

  async reopen(server: string): Promise<void> {
    await this.#databases.get(server)?.close();
    const options = { dataDir: join(this.#directory, server), peers: this, log, newGate: () => new Gate() };
    this.#databases.set(server, await Database.open(options, { accounts: 1, initialBalance: 100 }));
  }

  send(change: Partial<Transfer> = {}): Promise<TransferResult> {
    return this.a.coordinator.transfer({ ...transfer, ...change }, "test", never);
  }

  /** What is in the two accounts. */
  balances(): (number | undefined)[] {
    return [this.a.store.balance(account), this.b.store.balance(account)];
  }

  inDoubt(count: number): Promise<boolean> {
    return eventually(() => this.b.participant.inDoubt === count, 5000, `it is not ${count} that are in doubt`);
  }

  async prepare(server: string, transaction: string, { ...copy }: Transfer, signal: AbortSignal): Promise<Vote> {
    await this.delay;
    signal.throwIfAborted();
    return await this.#reach(server, "prepare").participant.prepare(transaction, copy);
  }

  async decide(server: string, transaction: string, commit: boolean): Promise<void> {
    await this.#reach(server, "decide").participant.decide(transaction, commit);
  }

  async outcome(server: string, transaction: string, copy: Transfer): Promise<Outcome> {
    return await this.#reach(server, "outcome").coordinator.outcome(transaction, copy);
  }

  #reach(server: string, message?: "prepare" | "decide" | "outcome"): Database {
    const database = this.#databases.get(server);
    if (database !== undefined && (message === undefined || !this.lost.has(message))) return database;
    throw new StillpointError("unreachable", `${message} is lost`);
  }
}

/** Whether writes can be stopped; if so, lets them go again. */
async function canBeStopped({ gate }: Database, waitMs = 0): Promise<boolean> {
  const result = await gate.stop({ id: "stop", waitMs, holdMs: 10_000 }, never);
  gate.resume("stop");
  return "expired" in result;
}

test("a participant that is not told the decision asks for it", async () => {
  const bank = await Bank.open();
  bank.lost.add("decide");
  const sent = bank.send();
  await bank.inDoubt(1);
  await bank.inDoubt(0);
  expect(bank.balances()).toEqual([70, 130]);
  bank.lost.clear();
  expect(await sent).toBe("TRANSFER_RESULT_DONE");
  expect(bank.balances()).toEqual([70, 130]);
});

test("a transaction holds the gates of both servers until both have their half", async () => {
  const bank = await Bank.open();
  bank.lost.add("decide").add("outcome");
  const sent = bank.send();
  await bank.inDoubt(1);
  await eventually(() => bank.a.store.transferCount === 1, 5000, "the coordinator never decides");
  expect([await canBeStopped(bank.a), await canBeStopped(bank.b)]).toEqual([false, false]);
  expect(bank.b.gate.openWrites()).toMatchObject([{ owner: "server a", description: 'transfer "t" from "a"' }]);
  bank.lost.clear();
  await sent;
  expect([await canBeStopped(bank.a), await canBeStopped(bank.b)]).toEqual([true, true]);
});

test("what is in doubt is in the gate again after a restart, and settled as soon as the coordinator answers", async () => {
  const bank = await Bank.open();
  bank.lost.add("decide").add("outcome");
  const sent = bank.send();
  await eventually(() => bank.a.store.transferCount === 1, 5000, "the coordinator never decides");
  await bank.reopen("b");
  expect(bank.b.participant.inDoubt).toBe(1);
  expect(await canBeStopped(bank.b)).toBe(false);
  bank.lost.delete("outcome");
  await bank.inDoubt(0);
  expect(await canBeStopped(bank.b)).toBe(true);
  expect(bank.balances()).toEqual([70, 130]);
  bank.lost.clear();
  await sent;
});

test("a decision outlives the coordinator", async () => {
  const bank = await Bank.open();
  bank.lost.add("decide").add("outcome");
  const sent = bank.send().catch((error: unknown) => error);
  await eventually(() => bank.a.store.transferCount === 1, 5000, "the coordinator never decides");
  await bank.reopen("a");
  expect(await sent).toMatchObject({ reason: "unreachable" });
  bank.lost.clear();
  await bank.inDoubt(0);
  expect(bank.balances()).toEqual([70, 130]);
  expect(await bank.send()).toBe("TRANSFER_RESULT_DONE");
  expect(bank.balances()).toEqual([70, 130]);
});

test("what the coordinator did not decide before it died is rolled back", async () => {
  const bank = await Bank.open();
  expect(await bank.b.participant.prepare("transaction of a dead coordinator", transfer)).toBe("VOTE_YES");
  await bank.inDoubt(0);
  expect(bank.balances()).toEqual([100, 100]);
  expect(await canBeStopped(bank.b)).toBe(true);
});

test("an old try of a transfer, rolled back late, does not undo the new one", async () => {
  const bank = await Bank.open();
  await bank.b.participant.prepare("old try", transfer);
  expect(await bank.send()).toBe("TRANSFER_RESULT_DONE");
  await bank.inDoubt(0);
  expect(bank.balances()).toEqual([70, 130]);
});

test("a participant whose writes are stopped does not keep the coordinator from being stopped", async () => {
  const bank = await Bank.open();
  expect(await bank.b.gate.stop({ id: "stop b", waitMs: 0, holdMs: 10_000 }, never)).toHaveProperty("expired");
  const sent = bank.send();
  await eventually(() => bank.a.gate.openWrites().length > 0, 5000, "the transfer never begins");
  expect(await canBeStopped(bank.a, 2000)).toBe(true);
  expect(bank.balances()).toEqual([100, 100]);
  expect(bank.b.gate.resume("stop b")?.longestBlockedMs).toBeGreaterThan(0);
  expect(await sent).toBe("TRANSFER_RESULT_DONE");
  expect(bank.balances()).toEqual([70, 130]);
});

test("a transaction that is aborted while it waits for the promise is rolled back on both sides", async () => {
  const bank = await Bank.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  bank.delay = promise;
  const sent = bank.send();
  await eventually(() => bank.a.gate.openWrites().length > 0, 5000, "the transfer never begins");
  expect(bank.a.gate.abort([], new StillpointError("cancelled", "aborted"))).toBe(1);
  resolve();
  await expect(sent).rejects.toMatchObject({ reason: "cancelled", message: "aborted" });
  await bank.inDoubt(0);
  expect(bank.balances()).toEqual([100, 100]);
});

test("what is undecided is neither committed nor aborted for who asks", async () => {
  const bank = await Bank.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  bank.delay = promise;
  const sent = bank.send();
  await eventually(() => bank.a.gate.openWrites().length > 0, 5000, "the transfer never begins");
  const id = bank.a.gate.openWrites()[0]?.id ?? "";
  await eventually(
    async () => (await bank.a.coordinator.outcome(id, transfer)) === "OUTCOME_PENDING",
    5000,
    "the transaction is never pending",
  );
  resolve();
  await sent;
  expect(await bank.a.coordinator.outcome(id, transfer)).toBe("OUTCOME_COMMITTED");
  expect(await bank.a.coordinator.outcome("another try", transfer)).toBe("OUTCOME_ABORTED");
});

test("the money that two transfers want at the same time goes to one of them", async () => {
  const bank = await Bank.open();
  const results = await Promise.all([bank.send({ id: "t1", amount: 80 }), bank.send({ id: "t2", amount: 80 })]);
  expect(results.sort()).toEqual(["TRANSFER_RESULT_DONE", "TRANSFER_RESULT_INSUFFICIENT_FUNDS"]);
  expect(bank.b.participant.inDoubt).toBe(0);
  expect(bank.balances()).toEqual([20, 180]);
});
