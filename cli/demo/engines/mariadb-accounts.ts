// Accounts on MariaDB servers that know nothing of each other. A transfer is one XA transaction on two of them, with a line in the
// books of both: so it is on both or on neither, but for one that was prepared on both and committed on one, or on none yet.
// What is left prepared is resolved by a rule: committed if any server has it in its books, else rolled back.
import { randomInt, randomUUID } from "node:crypto";
import type { Connection } from "mariadb";
import type { Check } from "./demo-engine.ts";
import type { Client } from "./transfer-load.ts";

const accounts = 100;
const openingBalance = 1000;
const largestAmount = 100;

const tables = [
  "CREATE DATABASE bank",
  "CREATE TABLE bank.accounts (id INT PRIMARY KEY, balance INT NOT NULL)",
  "CREATE TABLE bank.books (id CHAR(36) PRIMARY KEY, amount INT NOT NULL)",
  `INSERT INTO bank.accounts SELECT seq - 1, ${openingBalance} FROM bank.seq_1_to_${accounts}`,
];

export async function openAccounts(server: Connection): Promise<void> {
  for (const sql of tables) await server.query(sql);
}

export function transferringClient(servers: readonly Connection[]): Client {
  return async (measure) => {
    const id = randomUUID();
    const amount = 1 + randomInt(largestAmount);
    const payer = randomInt(servers.length);
    const payee = (payer + 1 + randomInt(servers.length - 1)) % servers.length;
    const both = [servers[payer], servers[payee]] as [Connection, Connection];
    try {
      await book(both[0], id, -amount);
      await book(both[1], id, amount);
    } catch (error) {
      for (const server of both) await giveUp(server, id);
      throw error;
    }
    for (const server of both) await measure(server.query(`XA PREPARE '${id}'`));
    for (const server of both) await measure(server.query(`XA COMMIT '${id}'`));
  };
}

async function book(server: Connection, id: string, amount: number): Promise<void> {
  await server.query(`XA START '${id}'`);
  await server.query("UPDATE bank.accounts SET balance = balance + ? WHERE id = ?", [amount, randomInt(accounts)]);
  await server.query("INSERT INTO bank.books VALUES (?, ?)", [id, amount]);
  await server.query(`XA END '${id}'`);
}

/** Whatever state it is in there: what is not so is an error. */
async function giveUp(server: Connection, id: string): Promise<void> {
  await server.query(`XA END '${id}'`).catch(() => {});
  await server.query(`XA ROLLBACK '${id}'`).catch(() => {});
}

/** Of servers that nobody writes to. Resolves what is prepared. */
export async function checkAccounts(servers: readonly Connection[]): Promise<Check> {
  await resolvePrepared(servers);
  const books = (await Promise.all(servers.map(booksOf))).flat();
  const times = Map.groupBy(books, (id) => id);
  const sums = await Promise.all(servers.map(totalOf));
  return {
    transfers: times.size,
    onOneSideOnly: [...times].filter(([, each]) => each.length !== 2).map(([id]) => id),
    onTheWay: 0,
    total: sums.reduce((total, each) => total + each, 0),
    expectedTotal: servers.length * accounts * openingBalance,
  };
}

async function resolvePrepared(servers: readonly Connection[]): Promise<void> {
  const known = new Set((await Promise.all(servers.map(booksOf))).flat());
  for (const server of servers) {
    const prepared = await server.query<{ data: Buffer }[]>("XA RECOVER");
    for (const { data } of prepared) await server.query(`XA ${known.has(`${data}`) ? "COMMIT" : "ROLLBACK"} '${data}'`);
  }
}

async function booksOf(server: Connection): Promise<string[]> {
  return (await server.query<{ id: string }[]>("SELECT id FROM bank.books")).map(({ id }) => id);
}

async function totalOf(server: Connection): Promise<number> {
  const [row] = await server.query<{ total: string }[]>("SELECT SUM(balance) total FROM bank.accounts");
  return Number(row?.total);
}
