// Opens a server's files, one LevelDB in <data-dir>/db, and checks them. <data-dir>/backups belongs to Stillpoint.
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { type Level, Store } from "./store.ts";

export interface NewLedger {
  accounts: number;
  initialBalance: number;
}

/**
 * Opens the ledger of `dataDir`; creates it if there is none and `newLedger` says how.
 * @throws StillpointError corrupt, if the files cannot be used; held-by-another, if another process uses them
 */
export async function openStore(dataDir: string, newLedger?: NewLedger): Promise<Store> {
  const location = join(dataDir, "db");
  const level: Level = new ClassicLevel(location, { valueEncoding: "json", createIfMissing: newLedger !== undefined });
  await level.open().catch((error: Error) => {
    throw openError(location, error);
  });
  const store = new Store(level);
  try {
    if (newLedger !== undefined && store.initialTotal() === undefined) await store.create(balances(newLedger));
    await audit(store, location);
    return store;
  } catch (error) {
    await store.close();
    throw error instanceof StillpointError ? error : openError(location, error as Error);
  }
}

/** The balances must be what the journal says. */
async function audit(store: Store, location: string): Promise<void> {
  const initialTotal = store.initialTotal();
  if (initialTotal === undefined) throw new StillpointError("corrupt", `there is no ledger in "${location}"`);
  let expected = initialTotal;
  for await (const { change } of store.journal()) {
    expected += change;
    store.transferCount++;
  }
  let total = 0;
  for await (const { balance } of store.accounts()) total += balance;
  if (total === expected) return;
  const sums = `the balances sum up to "${total}", by the journal they should to "${expected}"`;
  throw new StillpointError("corrupt", `the ledger in "${location}" is damaged: ${sums}`);
}

function balances({ accounts, initialBalance }: NewLedger): Map<string, number> {
  const names = Array.from({ length: accounts }, (_, index) => `account-${String(index + 1).padStart(4, "0")}`);
  return new Map(names.map((name) => [name, initialBalance]));
}

function openError(location: string, { message, cause }: Error): StillpointError {
  if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED") {
    return new StillpointError("held-by-another", `another process uses "${location}"`, { cause });
  }
  const why = cause === undefined ? message : messageOf(cause);
  return new StillpointError("corrupt", `cannot open "${location}": ${why}`, { cause });
}
