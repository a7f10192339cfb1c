// Serves ledger.proto: checks what comes in and hands it to the database.
import { randomUUID } from "node:crypto";
import { StillpointError } from "../../proto/errors.ts";
import { type OnError, serverStream, unary } from "../../proto/serve.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { LedgerHandlers, Transfer } from "./contract.ts";
import type { Host } from "./host.ts";
import type { Peers } from "./peers.ts";

export function ledgerService(server: string, host: Host, peers: Peers, onError: OnError): LedgerHandlers {
  return {
    Transfer: unary(async (request, { caller, signal }) => {
      const transfer = checkTransfer(request.transfer, "fromServer", server);
      return { result: await host.database.coordinator.transfer(transfer, `client ${caller.peer}`, signal) };
    }, onError),

    Hold: unary(async ({ holdMs, owner }, { caller, signal }) => {
      check(holdMs >= 0 && holdMs <= 3_600_000, `hold_ms "${holdMs}" is not between 0 and one hour`);
      const description = {
        id: randomUUID(),
        owner: owner || `client ${caller.peer}`,
        description: `hold for ${holdMs} ms`,
      };
      using write = await host.database.gate.enter(description, signal);
      await systemClock.sleep(holdMs, AbortSignal.any([signal, write.signal]));
      write.signal.throwIfAborted();
      return {};
    }, onError),

    GetAccounts: serverStream(async function* () {
      yield* host.database.store.accounts();
    }, onError),

    GetTransfers: serverStream(async function* () {
      yield* host.database.store.journal();
    }, onError),

    GetStats: unary(async () => {
      const { store, participant } = host.database;
      const initialTotal = store.initialTotal() ?? 0;
      return { server, transfers: store.transferCount, initialTotal, inDoubt: participant.inDoubt };
    }, onError),

    SetPeers: unary(async ({ addresses }) => {
      peers.set(new Map(Object.entries(addresses)));
      return {};
    }, onError),

    Prepare: unary(async ({ transaction, transfer }) => {
      const checked = checkTransfer(transfer, "toServer", server);
      return { vote: await host.database.participant.prepare(transaction, checked) };
    }, onError),

    Decide: unary(async ({ transaction, commit }) => {
      await host.database.participant.decide(transaction, commit);
      return {};
    }, onError),

    GetOutcome: unary(async ({ transaction, transfer }) => {
      const checked = checkTransfer(transfer, "fromServer", server);
      return { outcome: await host.database.coordinator.outcome(transaction, checked) };
    }, onError),
  };
}

/** What is meant for another server must not be answered here: an address may have changed hands. */
function checkTransfer(transfer: Transfer | null, side: "fromServer" | "toServer", server: string): Transfer {
  if (transfer === null) throw new StillpointError("invalid", "there is no transfer in the request", { hint });
  const { id, fromServer, fromAccount, toServer, toAccount, amount } = transfer;
  check(transfer[side] === server, `this is server "${server}", not "${transfer[side]}"`);
  check(/^[\w.:-]{1,64}$/.test(id), `transfer id "${id.slice(0, 64)}" is not 1 to 64 letters, digits, "_.:-"`);
  check(Number.isSafeInteger(amount) && amount > 0, `amount "${amount}" is not a positive number`);
  check(fromServer !== toServer || fromAccount !== toAccount, `both accounts are "${toAccount}"`);
  return transfer;
}

const hint = "examples/ledger/ledger.proto says what is allowed";

function check(isAllowed: boolean, problem: string): void {
  if (!isAllowed) throw new StillpointError("invalid", problem, { hint });
}
