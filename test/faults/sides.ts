// On which data each server works: a transfer that was made after the backup tells whether the backup's is there, or what
// the server had.
import { randomUUID } from "node:crypto";
import { Ledger, ledgerClient, type Stats } from "../../examples/ledger/contract.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { eventually } from "../support/eventually.ts";
import type { TestedServer } from "./fault-cluster.ts";

export type Side = "backup" | "before";

/** A transfer on each server, by server; known to it and in no backup so far. */
export async function mark(servers: readonly TestedServer[]): Promise<Map<string, string>> {
  const marks = servers.map(async (server): Promise<[string, string]> => {
    const id = randomUUID();
    const own = { fromServer: server.id, toServer: server.id };
    const transfer = { id, ...own, fromAccount: "account-0003", toAccount: "account-0004", amount: 1 };
    await called(server, (client, limits) => callUnary(client, Ledger.service.Transfer, { transfer }, limits));
    return [server.id, id];
  });
  return new Map(await Promise.all(marks));
}

export async function sides(servers: readonly TestedServer[], marks: Map<string, string>): Promise<Map<string, Side>> {
  const each = servers.map(async (server): Promise<[string, Side]> => {
    const ids = await called(server, async (client, limits) => {
      const all: string[] = [];
      for await (const { id } of callStream(client, Ledger.service.GetTransfers, {}, limits)) all.push(id);
      return all;
    });
    return [server.id, ids.includes(marks.get(server.id) ?? "") ? "before" : "backup"];
  });
  return new Map(await Promise.all(each));
}

/** Nothing is promised to another server and not yet done or dropped. Nobody may write meanwhile. */
export async function settled(servers: readonly TestedServer[]): Promise<void> {
  for (const server of servers) {
    const stats = (): Promise<Stats> =>
      called(server, (client, limits) => callUnary(client, Ledger.service.GetStats, {}, limits));
    await eventually(async () => (await stats()).inDoubt === 0, 15_000, `server ${server.id} is still in doubt`);
  }
}

async function called<Result>(
  { id, address }: TestedServer,
  call: (client: ReturnType<typeof ledgerClient>, limits: { timeoutMs: number; peer: string }) => Promise<Result>,
): Promise<Result> {
  const client = ledgerClient(address);
  try {
    return await call(client, { timeoutMs: 10_000, peer: id });
  } finally {
    client.close();
  }
}
