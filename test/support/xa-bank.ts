// A bank over several MariaDB servers: each transfer is one XA transaction on two of them, and on each in InnoDB and in MyRocks.
// All four journals name it, or none does; and the sum of all balances never changes.
import { randomUUID } from "node:crypto";
import type { Connection } from "mariadb";
import { hasCode } from "../../agent/disk-errors.ts";
import type { MariadbServer } from "./mariadb-server.ts";

const accounts = 50;
const engines = { i: "InnoDB", r: "RocksDB" };
/** Rows that no transfer touches, so that a copy takes some time. */
const bulkRows = 40_000;

export const tables = ["account_i", "account_r", "journal_i", "journal_r", "bulk_i", "bulk_r"].map(
  (name) => `bank.${name}`,
);

export const bankDatabase = `CREATE DATABASE bank; ${Object.entries(engines)
  .map(
    ([suffix, engine]) => `
  CREATE TABLE bank.account_${suffix} (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=${engine};
  CREATE TABLE bank.journal_${suffix} (id VARCHAR(40) PRIMARY KEY, amount INT NOT NULL) ENGINE=${engine};
  CREATE TABLE bank.bulk_${suffix} (id INT PRIMARY KEY, text VARCHAR(100)) ENGINE=${engine};
  INSERT INTO bank.account_${suffix} SELECT seq, 1000 FROM bank.seq_1_to_${accounts};
  INSERT INTO bank.bulk_${suffix} SELECT seq, REPEAT(MD5(seq), 3) FROM bank.seq_1_to_${bulkRows};`,
  )
  .join("")}`;

/** What is known of one server's data, as a text. */
export async function digestOf(connection: Connection): Promise<string> {
  const rows = await connection.query<{ Table: string; Checksum: number | null }[]>(
    `CHECKSUM TABLE ${tables.join(", ")}`,
  );
  const unread = rows.filter(({ Checksum }) => Checksum === null);
  if (unread.length > 0) throw new Error(`no checksum of ${unread.map(({ Table }) => Table).join(", ")}`);
  return rows.map(({ Table, Checksum }) => `${Table} ${Checksum}`).join("\n");
}

export async function preparedOn(connection: Connection): Promise<string[]> {
  const rows = await connection.query<{ data: Buffer | string }[]>("XA RECOVER");
  return rows.map(({ data }) => data.toString()).sort();
}

export class Transfers {
  acknowledged = 0;
  readonly problems: unknown[] = [];
  readonly #servers: readonly MariadbServer[];
  readonly #stop = new AbortController();
  readonly #workers: Promise<void>[] = [];
  readonly #name = randomUUID().slice(0, 8);
  #lastId = 0;

  constructor(servers: readonly MariadbServer[], workers = 4) {
    this.#servers = servers;
    for (let worker = 1; worker <= workers; worker += 1) this.#workers.push(this.#work(worker));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#workers);
  }

  async #work(worker: number): Promise<void> {
    const connections = await Promise.all(this.#servers.map((server) => server.connect()));
    try {
      for (let turn = worker; !this.#stop.signal.aborted; turn += 1) {
        const from = connections[turn % connections.length] as Connection;
        const to = connections[(turn + 1) % connections.length] as Connection;
        await this.#transfer(from, to, 1 + (turn % 9));
      }
    } catch (error) {
      this.problems.push(error);
    } finally {
      await Promise.all(connections.map((each) => each.end()));
    }
  }

  async #transfer(from: Connection, to: Connection, amount: number): Promise<void> {
    this.#lastId += 1;
    const id = `${this.#name}-${this.#lastId}`;
    const account = 1 + (this.#lastId % accounts);
    try {
      for (const [connection, change] of [
        [from, -amount],
        [to, amount],
      ] as const) {
        await connection.query(`XA START '${id}'`);
        for (const suffix of Object.keys(engines)) {
          await connection.query(
            `UPDATE bank.account_${suffix} SET balance = balance + ${change} WHERE id = ${account}`,
          );
          await connection.query(`INSERT INTO bank.journal_${suffix} VALUES ('${id}', ${change})`);
        }
        await connection.query(`XA END '${id}'`);
      }
    } catch (error) {
      if (!hasCode(error, "ER_LOCK_DEADLOCK", "ER_LOCK_WAIT_TIMEOUT", "ER_XA_RBDEADLOCK", "ER_XA_RBTIMEOUT"))
        throw error;
      for (const connection of [from, to]) await giveUp(connection, id);
      return;
    }
    for (const connection of [from, to]) await connection.query(`XA PREPARE '${id}'`);
    for (const connection of [from, to]) await connection.query(`XA COMMIT '${id}'`);
    this.acknowledged += 1;
  }
}

/** Whatever state it is in there. */
async function giveUp(connection: Connection, id: string): Promise<void> {
  await connection.query(`XA END '${id}'`).catch(() => {});
  await connection.query(`XA ROLLBACK '${id}'`).catch(() => {});
}

/** The rule of docs/ENGINES.md: what any server has committed is committed on all, and the rest is rolled back. */
export async function resolvePrepared(
  servers: readonly Connection[],
): Promise<{ committed: number; rolledBack: number }> {
  const journals = await Promise.all(servers.map((each) => journalOf(each)));
  const resolved = { committed: 0, rolledBack: 0 };
  for (const [index, connection] of servers.entries()) {
    for (const id of await preparedOn(connection)) {
      const isCommitted = journals.some((journal, other) => other !== index && journal.has(id));
      await connection.query(`XA ${isCommitted ? "COMMIT" : "ROLLBACK"} '${id}'`);
      resolved[isCommitted ? "committed" : "rolledBack"] += 1;
    }
  }
  return resolved;
}

/** What is wrong with the bank; empty if nothing is. Nothing may be prepared any more. */
export async function wrongInBank(servers: readonly Connection[]): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  let sum = 0;
  for (const connection of servers) {
    for (const suffix of Object.keys(engines)) {
      const [row] = await connection.query<{ sum: string }[]>(`SELECT SUM(balance) sum FROM bank.account_${suffix}`);
      sum += Number(row?.sum);
      for (const id of await journalOf(connection, suffix)) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  }
  const places = Object.keys(engines).length;
  const expected = servers.length * places * accounts * 1000;
  if (sum !== expected) problems.push(`the sum is ${sum}, not ${expected}`);
  const halves = [...seen].filter(([, count]) => count !== 2 * places); // each is on two servers
  if (halves.length > 0)
    problems.push(`${halves.length} of ${seen.size} are not whole: ${halves.slice(0, 3).join("; ")}`);
  if (seen.size === 0) problems.push("there are no transfers");
  return problems;
}

async function journalOf(connection: Connection, suffix = "i"): Promise<Set<string>> {
  const rows = await connection.query<{ id: string }[]>(`SELECT id FROM bank.journal_${suffix}`);
  return new Set(rows.map(({ id }) => id));
}
