// The demo on real Redis servers with AOF.
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Redis } from "ioredis";
import { parseAddress } from "../../../runtime/address.ts";
import { formatCount } from "../../format.ts";
import { DemoProcess } from "../demo-process.ts";
import { freePorts } from "../free-port.ts";
import { mustBeOnPath } from "../must-be-on-path.ts";
import type { Check, DemoEngine, DemoServer, ServerPlace, Source, StartProcess } from "./demo-engine.ts";
import { checkAccounts, openAccounts, transferringClient } from "./redis-accounts.ts";
import { supervisor } from "./supervisor.ts";
import { TransferLoad } from "./transfer-load.ts";

const rewriteEveryMs = 20;
const settings = ["--bind", "127.0.0.1", "--appendonly", "yes", "--save", "", "--logfile", "", "--daemonize", "no"];

export const redisDemo: DemoEngine = {
  mustBeInstalled: () => mustBeOnPath("redis-server", "redis-server", "leave out --engine redis"),
  start,
  introduce: async (servers) => {
    const clients = connect(servers);
    await Promise.all(clients.map(openAccounts)).finally(() => disconnect(clients));
  },
  startLoad,
  makeTrouble,
  check,
  proved: ({ transfers, onTheWay, total }) => {
    const way = `${onTheWay} on their way, none torn`;
    return `${formatCount(transfers, "transfer")}, ${way}; the sum is ${total.toLocaleString("en-US")}`;
  },
  loadCommand: (servers) => {
    const commands = servers.map(({ address }) => {
      return `timeout 10 redis-benchmark -p ${parseAddress(address).port} -t incr -r 1000 -n 100000000 -c 2 -q &`;
    });
    return `(${commands.join(" ")}) > /dev/null`;
  },
};

async function start({ id, dataDir }: ServerPlace, startProcess: StartProcess) {
  const [port] = await freePorts(1);
  const gate = join(dataDir, "backups", ".gate");
  const server = ["redis-server", "--port", String(port), "--dir", dataDir, ...settings];
  startProcess(id, ["sh", "-c", supervisor, gate, ...server]);
  const address = `127.0.0.1:${port}`;
  return { config: { engine: { kind: "redis", address } }, address: async () => address };
}

async function startLoad(servers: readonly DemoServer[], clients: number) {
  const connections = Array.from({ length: clients }, () => connect(servers));
  return new TransferLoad(connections.map(transferringClient), () => disconnect(connections.flat()));
}

/** Base and increments of the AOF are exchanged all the time, also under the lock. */
function makeTrouble(server: DemoServer) {
  const stop = new AbortController();
  const rewriting = rewriteUntil(server, stop.signal);
  return {
    what: "the AOF is rewritten, again and again",
    end: () => {
      stop.abort();
      return rewriting;
    },
  };
}

async function rewriteUntil(server: DemoServer, stop: AbortSignal): Promise<void> {
  const [client] = connect([server]) as [Redis];
  while (!stop.aborted) {
    await client.bgrewriteaof().catch(() => {}); // the last one still goes on
    await pause(rewriteEveryMs);
  }
  client.disconnect();
}

/** Data is checked by servers on copies of it: whatever a Redis is started on, it writes to. */
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
  const clients = connect(addresses);
  copies.defer(() => disconnect(clients));
  return await checkAccounts(clients);
}

async function startOnCopy(dataDir: string, copy: string) {
  await cp(dataDir, copy, { recursive: true });
  const [port] = await freePorts(1);
  const command = ["redis-server", "--port", String(port), "--dir", copy, "--aof-load-truncated", "no", ...settings];
  return { address: `127.0.0.1:${port}`, process: new DemoProcess("redis-check", command, `${copy}.log`) };
}

/** One that is not there yet, or away for a restore, is waited for. */
function connect(servers: readonly { address: string }[]): Redis[] {
  return servers.map(({ address }) => {
    const client = new Redis({ ...parseAddress(address), retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on("error", () => {}); // it tries again
    return client;
  });
}

function disconnect(clients: readonly Redis[]): void {
  for (const client of clients) client.disconnect();
}
