// A MariaDB server as the contract of the engine port wants it. A write is a row; a write transaction that is in the way of a
// stop holds LOCK TABLES … WRITE on a table of its own, with a row that is not committed.
import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "mariadb";
import { type MariadbOptions, mariadbEngine } from "../../agent/engines/mariadb.ts";
import { Secret } from "../../runtime/secret.ts";
import type { AgentProcess, EngineUnderTest, Write } from "../contracts/engine.ts";
import { eventually } from "./eventually.ts";
import { agentUser, bootstrap, copyDirectory, grants, MariadbServer } from "./mariadb-server.ts";
import { startAgent } from "./server-under-test.ts";

const tables = ["writes", "open_1", "open_2"];

/** Run on the template. */
export const countingDatabase = `
  CREATE DATABASE t;
  ${tables.map((table) => `CREATE TABLE t.${table} (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;`).join("\n")}
  CREATE USER alice@localhost; CREATE USER bob@localhost; GRANT ALL ON t.* TO alice@localhost, bob@localhost;
  ${grants}`;

export async function mariadbUnderTest(template: string): Promise<EngineUnderTest & { server: MariadbServer }> {
  const server = await MariadbServer.start(template);
  const options = optionsOf(server);
  const engine = engineFor(server);
  const idle: Connection[] = [];
  const open = new Map<string, Connection>();
  const agents: AgentProcess[] = [];
  const count = tables.map((table) => `(SELECT COUNT(*) FROM t.${table})`).join(" + ");
  return {
    server,
    engine,
    another: () => engineFor(server),
    write: () => write(server, idle),
    begin: async (owner) => {
      const [id, connection] = await begin(server, owner, `t.open_${open.size + 1}`);
      open.set(id, connection);
      return id;
    },
    end: async (id) => {
      const connection = open.get(id) as Connection;
      open.delete(id);
      await end(connection);
    },
    shown: (owner) => ({
      owner: `${owner}@localhost`,
      description: `LOCK TABLES t.open_${owner === "bob" ? 2 : 1} WRITE`,
    }),
    countWrites: async () => {
      const [row] = await server.ask<{ writes: number }[]>(`SELECT ${count} writes`);
      return Number(row?.writes);
    },
    writesInFiles: () => writesInBinlogs(server.dataDir),
    replaceFiles: (writes) => replaceFiles(server, template, writes),
    crash: () => server.kill(),
    restart: () => server.start(),
    stopWaits: async () => {
      const waits = async () => (await server.ask(waitingStops)).length > 0;
      await eventually(waits, 10_000, "no stop waits");
    },
    hang: () => server.signal("SIGSTOP"),
    wake: () => server.signal("SIGCONT"),
    startAgent: (request) => {
      const agent = startAgent({ mariadb: { ...options, ...agentUser }, request });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.kill("group")));
      await engine.close();
      await server.remove();
    },
  };
}

const waitingStops = `SELECT ID FROM information_schema.PROCESSLIST
  WHERE INFO LIKE 'BACKUP STAGE%' AND STATE = 'Waiting for backup lock'`;

export function engineFor(server: MariadbServer, more: Partial<MariadbOptions> = {}) {
  return mariadbEngine({
    ...optionsOf(server),
    username: agentUser.username,
    password: new Secret(agentUser.password),
    ...more,
  });
}

/** A server that cannot use its files is given up soon; one that starts has enough time. */
function optionsOf({ address, dataDir }: MariadbServer) {
  return { address, dataDir, serverTimeoutMs: 15_000 };
}

function write(server: MariadbServer, idle: Connection[]): Write {
  const blocked = Promise.withResolvers<void>();
  const done = insert(server, idle, blocked.resolve);
  done.catch(() => {}); // a test need not look at each write that it began
  return { blocked: blocked.promise, done };
}

async function insert(server: MariadbServer, idle: Connection[], onBlocked: () => void): Promise<void> {
  const last = idle.pop(); // the server may have been restarted since
  const connection = last?.isValid() ? last : await connectQuietly(server);
  const over = new AbortController();
  const watching = watch(server, Number(connection.threadId), onBlocked, over.signal);
  try {
    await connection.query("INSERT INTO t.writes VALUES ()");
    idle.push(connection);
  } finally {
    over.abort();
    await watching;
  }
}

/** Where an error of the connection is known by what it is asked next. */
async function connectQuietly(server: MariadbServer, user?: string): Promise<Connection> {
  const connection = await server.connect(user);
  return connection.on("error", () => {});
}

/** Sees when a connection waits for a stop that holds; while a stop is on its way, a write may have to wait and still get through. */
async function watch(server: MariadbServer, id: number, onBlocked: () => void, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(10, undefined, { signal: over }).catch(() => {}); // most writes are done by then
    if (over.aborted) return;
    const isBlocked = await waitsForHeldStop(server, id).catch(() => false); // a server that hangs or is down tells nothing
    if (isBlocked) return onBlocked();
  }
}

const heldStops = `SELECT THREAD_ID FROM information_schema.METADATA_LOCK_INFO WHERE LOCK_MODE = 'MDL_BACKUP_WAIT_COMMIT'`;

/** In this order: who waits after the stop was held waits for it. */
async function waitsForHeldStop(server: MariadbServer, id: number): Promise<boolean> {
  const connection = await server.connect();
  try {
    if ((await connection.query(heldStops)).length === 0) return false;
    const isWaiting = `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${id} AND STATE = 'Waiting for backup lock'`;
    if ((await connection.query(isWaiting)).length === 0) return false;
    await pause(50); // one that has waited before the stop held, and has ended, shows it until its answer is sent
    return (await connection.query(isWaiting)).length > 0;
  } finally {
    connection.destroy();
  }
}

async function begin(server: MariadbServer, owner: string, table: string): Promise<[string, Connection]> {
  const connection = await connectQuietly(server, owner);
  await connection.query("SET autocommit = 0");
  await connection.query(`LOCK TABLES ${table} WRITE`);
  await connection.query(`INSERT INTO ${table} VALUES ()`);
  return [String(connection.threadId), connection];
}

async function end(connection: Connection): Promise<void> {
  try {
    await connection.query("COMMIT");
    await connection.query("UNLOCK TABLES");
  } catch (error) {
    throw new Error("the transaction was aborted", { cause: error });
  }
  await connection.end();
}

/** What a replay of the binary logs would do. */
function writesInBinlogs(dataDir: string): number {
  const files = readdirSync(dataDir).filter((name) => /^binlog\.\d+$/.test(name));
  const args = ["--no-defaults", "--base64-output=decode-rows", "--verbose"];
  const text = execFileSync("mariadb-binlog", [...args, ...files.map((name) => join(dataDir, name))]).toString();
  return text.split("\n").filter((line) => line.startsWith("### INSERT INTO `t`.")).length;
}

async function replaceFiles(server: MariadbServer, template: string, writes: number | "garbage"): Promise<void> {
  const { dataDir } = server;
  await server.whileDown(() => {
    for (const name of readdirSync(dataDir).filter((each) => each !== "backups")) {
      rmSync(join(dataDir, name), { recursive: true });
    }
    copyDirectory(`${template}/.`, dataDir);
    if (writes === "garbage") writeFileSync(join(dataDir, "ibdata1"), "garbage");
    else bootstrap(dataDir, `INSERT INTO t.writes SELECT NULL FROM t.seq_1_to_${writes};`);
  });
}
