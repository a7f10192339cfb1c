// Accounts on Redis servers that know nothing of each other. A transfer is paid out on one server and, when that is
// acknowledged, paid in on another; each is one MULTI/EXEC, with a line in that server's books. So at any moment, money may be
// on its way; but nothing may ever be paid in that was not paid out.
import { randomInt, randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Check } from "./demo-engine.ts";
import type { Client } from "./transfer-load.ts";

const keys = { accounts: "accounts", paidOut: "paid-out", paidIn: "paid-in", opening: "opening-balance" };
const accounts = 100;
const openingBalance = 1000;
const largestAmount = 100;

export async function openAccounts(server: Redis): Promise<void> {
  const balances = Array.from({ length: accounts }, (_, number) => [`a${number}`, String(openingBalance)]);
  await server
    .multi()
    .hset(keys.accounts, balances.flat())
    .set(keys.opening, accounts * openingBalance)
    .exec();
}

export function transferringClient(servers: readonly Redis[]): Client {
  return async (measure) => {
    const id = randomUUID();
    const amount = 1 + randomInt(largestAmount);
    const payer = randomInt(servers.length);
    const payee = (payer + 1 + randomInt(servers.length - 1)) % servers.length;
    await measure(book(servers[payer] as Redis, keys.paidOut, id, -amount, randomInt(accounts)));
    await measure(book(servers[payee] as Redis, keys.paidIn, id, amount, randomInt(accounts)));
  };
}

async function book(server: Redis, books: string, id: string, amount: number, account: number): Promise<void> {
  const results = await server
    .multi()
    .hincrby(keys.accounts, `a${account}`, amount)
    .hset(books, id, Math.abs(amount))
    .exec();
  const failure = results?.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
}

/** Of servers that nobody writes to. */
export async function checkAccounts(servers: readonly Redis[]): Promise<Check> {
  const read = (key: string) => Promise.all(servers.map((server) => server.hgetall(key)));
  const [balances, paidOut, paidIn] = [await read(keys.accounts), await read(keys.paidOut), await read(keys.paidIn)];
  const out = new Map(paidOut.flatMap((books) => Object.entries(books)));
  const into = new Map(paidIn.flatMap((books) => Object.entries(books)));
  const onTheWay = [...out].filter(([id]) => !into.has(id));
  const opening = await Promise.all(servers.map((server) => server.get(keys.opening)));
  return {
    transfers: out.size,
    onOneSideOnly: [...into.keys()].filter((id) => !out.has(id)),
    onTheWay: onTheWay.length,
    total: sum([...balances.flatMap((each) => Object.values(each)), ...onTheWay.map(([, amount]) => amount)]),
    expectedTotal: sum(opening),
  };
}

function sum(numbers: readonly (string | null)[]): number {
  return numbers.reduce((total, each) => total + Number(each), 0);
}
