// The demo on real MariaDB servers, each with a binary log, whose clients move money by XA transactions.
import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type Connection, createConnection } from "mariadb";
import { mariadbEngine } from "../../../agent/engines/mariadb.ts";
import { messageOf, StillpointError } from "../../../proto/errors.ts";
import { parseAddress } from "../../../runtime/address.ts";
import { formatCount } from "../../format.ts";
import { DemoProcess } from "../demo-process.ts";
import { freePorts } from "../free-port.ts";
import { mustBeOnPath } from "../must-be-on-path.ts";
import type { Check, DemoEngine, DemoServer, ServerPlace, Source, StartProcess } from "./demo-engine.ts";
import { checkAccounts, openAccounts, transferringClient } from "./mariadb-accounts.ts";
import { supervisor } from "./supervisor.ts";
import { TransferLoad } from "./transfer-load.ts";

const username = "root";
const lockedMs = 3_000;
const startsWithinMs = 60_000;
const askEveryMs = 100;
/** Root must say so. */
const asUser = process.geteuid?.() === 0 ? ["--user=root"] : [];
const settings = ["--no-defaults", ...asUser, "--bind-address=127.0.0.1", "--innodb-log-file-size=16M"];
const noSignal = new AbortController().signal;

export const mariadbDemo: DemoEngine = {
  mustBeInstalled,
  start,
  introduce,
  startLoad,
  makeTrouble,
  check,
  proved: ({ transfers, total }) => {
    return `${formatCount(transfers, "transfer")}, each on both servers or none; the sum is ${total.toLocaleString("en-US")}`;
  },
  loadCommand: (servers) => {
    const commands = servers.map(({ address }) => {
      const where = `--protocol=tcp --port=${parseAddress(address).port} --user=${username}`;
      return `timeout 10 mariadb-slap --no-defaults ${where} -a --auto-generate-sql-load-type=write --number-of-queries=1000000 &`;
    });
    return `(${commands.join(" ")}) > /dev/null`;
  },
};

async function mustBeInstalled(): Promise<void> {
  process.env.PATH = `${process.env.PATH}:/usr/sbin`; // where Debian has the server, which an ordinary user does not look for
  const otherwise = "leave out --engine mariadb";
  for (const program of ["mariadb-install-db", "mariadbd"]) await mustBeOnPath(program, "mariadb-server", otherwise);
  await mustBeOnPath("mariadb-backup", "mariadb-backup", otherwise);
}

async function start({ id, home, dataDir }: ServerPlace, startProcess: StartProcess) {
  const [port] = await freePorts(1);
  const tmpdir = `--tmpdir=${home}`; // a server removes the temporary tables of all that share it
  const install = [
    "--no-defaults",
    ...asUser,
    tmpdir,
    `--datadir=${dataDir}`,
    "--skip-test-db",
    "--innodb-log-file-size=16M",
  ];
  await promisify(execFile)("mariadb-install-db", [...install, "--auth-root-authentication-method=normal"]);
  const files = [
    tmpdir,
    `--datadir=${dataDir}`,
    `--socket=${join(home, "socket")}`,
    `--port=${port}`,
    "--pid-file=pid",
  ];
  const binlog = ["--log-bin=binlog", "--binlog-format=ROW", "--ignore-db-dirs=backups"];
  startProcess(id, [
    "sh",
    "-c",
    supervisor,
    join(dataDir, "backups", ".gate"),
    "mariadbd",
    ...settings,
    ...files,
    ...binlog,
  ]);
  const address = `127.0.0.1:${port}`;
  return { config: { engine: { kind: "mariadb", address, username } }, address: async () => address };
}

async function introduce(servers: readonly DemoServer[], signal: AbortSignal): Promise<void> {
  const connections = await Promise.all(servers.map((server) => connect(server, signal)));
  await Promise.all(connections.map(openAccounts)).finally(() => disconnect(connections));
}

async function startLoad(servers: readonly DemoServer[], clients: number) {
  const connectAll = () => Promise.all(servers.map((server) => connect(server, noSignal)));
  const connections = await Promise.all(Array.from({ length: clients }, connectAll));
  return new TransferLoad(connections.map(transferringClient), () => disconnect(connections.flat()));
}

/** BACKUP STAGE waits for such a lock, while all others write. */
function makeTrouble(server: DemoServer, signal: AbortSignal) {
  const locking = lockTable(server, signal);
  return { what: `somebody locks a table for ${lockedMs / 1000} s`, end: () => locking };
}

async function lockTable(server: DemoServer, signal: AbortSignal): Promise<void> {
  const connection = await connect(server, signal);
  await connection.query("CREATE TABLE bank.locked (id INT)");
  await connection.query("LOCK TABLES bank.locked WRITE");
  await pause(lockedMs, undefined, { signal }).finally(() => disconnect([connection]));
}

/** A piece is checked as a restore would bring it: unpacked in a copy, with a server on it. */
async function check(sources: readonly Source[], scratch: string): Promise<Check> {
  await using copies = new AsyncDisposableStack();
  const addresses = await Promise.all(
    sources.map(async (source, number) => {
      if ("address" in source) return source;
      const copy = await startOnCopy(source.dataDir, join(scratch, String(number)));
      copies.defer(() => copy.process.end());
      return copy;
    }),
  );
  const connections = await Promise.all(addresses.map((server) => connect(server, noSignal)));
  copies.defer(() => disconnect(connections));
  return await checkAccounts(connections);
}

async function startOnCopy(piece: string, copy: string) {
  await mkdir(copy, { recursive: true });
  const dataDir = join(copy, "data");
  await cp(piece, dataDir, { recursive: true });
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const engine = mariadbEngine({ address, username, dataDir });
  await engine.maker?.unpack(dataDir, noSignal);
  await engine.close();
  const files = [
    `--tmpdir=${copy}`,
    `--datadir=${dataDir}`,
    `--socket=${join(copy, "socket")}`,
    `--port=${port}`,
    "--pid-file=pid",
  ];
  return { address, process: new DemoProcess("mariadb-check", ["mariadbd", ...settings, ...files], `${copy}/log`) };
}

/** One that is not there yet is waited for. */
async function connect({ address }: { address: string }, signal: AbortSignal): Promise<Connection> {
  const giveUpAt = performance.now() + startsWithinMs;
  for (;;) {
    try {
      const connection = await createConnection({ ...parseAddress(address), user: username });
      return connection.on("error", () => {}); // what it is asked next fails, too
    } catch (error) {
      if (performance.now() > giveUpAt) throw new StillpointError("unreachable", messageOf(error), { cause: error });
    }
    await pause(askEveryMs, undefined, { signal });
  }
}

function disconnect(connections: readonly Connection[]): void {
  for (const connection of connections) connection.destroy();
}
