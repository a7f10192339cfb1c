// The other servers, and what servers ask of each other. No call waits longer than two seconds.
import type { Client } from "@grpc/grpc-js";
import { callUnary } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import { Ledger, ledgerClient, type Outcome, type Transfer, type Vote } from "./contract.ts";

const timeoutMs = 2000;

export class Peers {
  readonly #clients = new Map<string, { address: string; client: Client }>();

  constructor(addresses: ReadonlyMap<string, string>) {
    this.set(addresses);
  }

  /** Replaces all addresses (host:port, by server). */
  set(addresses: ReadonlyMap<string, string>): void {
    for (const [server, { address, client }] of this.#clients) {
      if (addresses.get(server) === address) continue;
      client.close();
      this.#clients.delete(server);
    }
    for (const [server, address] of addresses) {
      if (!this.#clients.has(server)) this.#clients.set(server, { address, client: ledgerClient(address) });
    }
  }

  async prepare(server: string, transaction: string, transfer: Transfer, signal: AbortSignal): Promise<Vote> {
    const request = { transaction, transfer };
    return (await callUnary(this.#client(server), Ledger.service.Prepare, request, limits(server, signal))).vote;
  }

  async decide(server: string, transaction: string, commit: boolean, signal: AbortSignal): Promise<void> {
    await callUnary(this.#client(server), Ledger.service.Decide, { transaction, commit }, limits(server, signal));
  }

  async outcome(server: string, transaction: string, transfer: Transfer, signal: AbortSignal): Promise<Outcome> {
    const request = { transaction, transfer };
    return (await callUnary(this.#client(server), Ledger.service.GetOutcome, request, limits(server, signal))).outcome;
  }

  close(): void {
    this.set(new Map());
  }

  #client(server: string): Client {
    const peer = this.#clients.get(server);
    if (peer !== undefined) return peer.client;
    throw new StillpointError("not-found", `no server "${server}" is known here`, {
      hint: "tell the server where the others are, with --peers or the SetPeers call",
    });
  }
}

function limits(server: string, signal: AbortSignal) {
  return { timeoutMs, signal, peer: `ledger server ${server}` };
}
