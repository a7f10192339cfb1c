// Says whether the servers of a ledger agree: every transfer is on both its servers or on neither, and the sum of all
// balances is what it was. Meant for servers that nobody writes to meanwhile, and for copies of their files.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callStream, callUnary } from "../../proto/call.ts";
import { type Account, Ledger, ledgerClient, type Transfer } from "./contract.ts";
import { openStore } from "./open-store.ts";

/** Where a server serves (host:port), or its files. */
export type LedgerSource = { address: string } | { dataDir: string };

export interface LedgerCheck {
  consistent: boolean;
  /** How many different transfers there are. */
  transfers: number;
  /** `<from server>/<id>` of those that one of their two servers does not know. */
  onOneSideOnly: string[];
  total: number;
  expectedTotal: number;
}

/** What one server knows. */
interface Books {
  initialTotal: number;
  accounts: Account[];
  journal: Transfer[];
}

/** @throws StillpointError corrupt, if files cannot be used; unreachable */
export async function checkLedger(sources: readonly LedgerSource[]): Promise<LedgerCheck> {
  const books = await Promise.all(
    sources.map((each) => ("address" in each ? booksOfServer(each) : booksInFiles(each))),
  );
  const records = Map.groupBy(
    books.flatMap(({ journal }) => journal),
    ({ fromServer, id }) => `${fromServer}/${id}`,
  );
  const onOneSideOnly = [...records].filter(([, [first, second]]) => needsTwo(first) && !second).map(([key]) => key);
  const total = sum(books.flatMap(({ accounts }) => accounts.map(({ balance }) => balance)));
  const expectedTotal = sum(books.map(({ initialTotal }) => initialTotal));
  const consistent = onOneSideOnly.length === 0 && total === expectedTotal;
  return { consistent, transfers: records.size, onOneSideOnly, total, expectedTotal };
}

function needsTwo(transfer: Transfer | undefined): boolean {
  return transfer?.fromServer !== transfer?.toServer;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Opens a private copy: LevelDB writes into what it opens, and files of a backup may be hard links to live ones. */
async function booksInFiles({ dataDir }: { dataDir: string }): Promise<Books> {
  const copy = await mkdtemp(join(tmpdir(), "ledger-check-"));
  try {
    await cp(join(dataDir, "db"), join(copy, "db"), { recursive: true });
    const store = await openStore(copy);
    const initialTotal = store.initialTotal() ?? 0;
    const books = {
      initialTotal,
      accounts: await allOf(store.accounts()),
      journal: await allOf(store.journal()),
    };
    await store.close();
    return books;
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function booksOfServer({ address }: { address: string }): Promise<Books> {
  const client = ledgerClient(address);
  const limits = { timeoutMs: 30_000, peer: `ledger server at ${address}` };
  try {
    const { initialTotal } = await callUnary(client, Ledger.service.GetStats, {}, limits);
    const accounts = await allOf(callStream(client, Ledger.service.GetAccounts, {}, limits));
    const journal = await allOf(callStream(client, Ledger.service.GetTransfers, {}, limits));
    return { initialTotal, accounts, journal };
  } finally {
    client.close();
  }
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
