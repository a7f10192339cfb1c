// Random transfers, most of them between two servers. The same seed makes the same ones, but for their ids.
import { randomUUID } from "node:crypto";
import type { Transfer } from "./contract.ts";

const acrossServersShare = 0.9;
const largestAmount = 10;

export interface ServerAccounts {
  id: string;
  accounts: readonly string[];
}

export function* randomTransfers(servers: readonly ServerAccounts[], seed: number): Generator<Transfer> {
  const random = randomNumbers(seed);
  const oneOf = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  for (;;) {
    const from = oneOf(servers);
    const others = servers.filter((server) => server !== from);
    const to = others.length > 0 && random() < acrossServersShare ? oneOf(others) : from;
    const [fromAccount, toAccount] = [oneOf(from.accounts), oneOf(to.accounts)];
    const amount = 1 + Math.floor(random() * largestAmount);
    const isOneAccount = from === to && fromAccount === toAccount;
    if (!isOneAccount) yield { id: randomUUID(), fromServer: from.id, fromAccount, toServer: to.id, toAccount, amount };
  }
}

/** Numbers from 0 to 1, without 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
