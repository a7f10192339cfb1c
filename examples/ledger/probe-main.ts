// One write, or how many there were, as a command: what `stillpoint engine check` wants of whoever tries an engine.
//
//   node probe-main.ts write --server 127.0.0.1:7001    exits with 0 when the transfer is acknowledged
//   node probe-main.ts count --server 127.0.0.1:7001    prints how many transfers the server has
import { randomUUID } from "node:crypto";
import { Command } from "commander";
import { callStream, callUnary } from "../../proto/call.ts";
import { type Account, Ledger, ledgerClient } from "./contract.ts";

const program = new Command("ledger-probe");
for (const [name, run] of Object.entries({ write, count })) {
  program
    .command(name)
    .requiredOption("--server <host:port>")
    .action(({ server }: { server: string }) => run(server));
}
await program.parseAsync();

/** Moves the least that can be moved from the richest account to another. While writes are stopped, it waits. */
async function write(address: string): Promise<void> {
  await calling(address, async (client, limits) => {
    const { server } = await callUnary(client, Ledger.service.GetStats, {}, limits);
    const accounts = await Array.fromAsync(callStream(client, Ledger.service.GetAccounts, {}, limits));
    const [from, to] = richestFirst(accounts).map(({ name }) => name);
    if (from === undefined || to === undefined) throw new Error(`server ${server} needs two accounts at least`);
    const ends = { fromServer: server, fromAccount: from, toServer: server, toAccount: to };
    const transfer = { id: randomUUID(), ...ends, amount: 1 };
    await callUnary(client, Ledger.service.Transfer, { transfer }, limits);
  });
}

async function count(address: string): Promise<void> {
  await calling(address, async (client, limits) => {
    console.log((await callUnary(client, Ledger.service.GetStats, {}, limits)).transfers);
  });
}

function richestFirst(accounts: Account[]): Account[] {
  return accounts.toSorted((one, other) => other.balance - one.balance);
}

type Limits = Parameters<typeof callUnary>[3];

async function calling(
  address: string,
  call: (client: ReturnType<typeof ledgerClient>, limits: Limits) => Promise<void>,
): Promise<void> {
  const client = ledgerClient(address);
  await call(client, { timeoutMs: 60_000, peer: `ledger server at ${address}` }).finally(() => client.close());
}
