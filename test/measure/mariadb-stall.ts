// How long writes of a MariaDB server with InnoDB and MyRocks are stopped for a backup, and how long they wait in Prepare, while
// mariadb-backup copies. Prints a line for each load; all times in milliseconds, as median / 90th percentile / longest:
//
//   stop      from just before the stop is asked for until writes are stopped
//   cut       until the position is read
//   hold      in all, until writes go on
//   InnoDB    the longest that one writer to InnoDB waited in Prepare
//   MyRocks   the same with MyRocks
//
//   node test/measure/mariadb-stall.ts [backups]
import { mkdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import type { BackedUp } from "../support/mariadb-pieces.ts";
import { grants, installTemplate, MariadbServer } from "../support/mariadb-server.ts";
import { engineFor } from "../support/mariadb-under-test.ts";
import { bankDatabase, Transfers } from "../support/xa-bank.ts";

const backups = Number(process.argv[2] ?? 30);
const noSignal = new AbortController().signal;
const template = installTemplate(`${bankDatabase} ${grants}
  CREATE TABLE bank.written_i (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;
  CREATE TABLE bank.written_r (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=RocksDB;`);

for (const workers of [0, 4]) console.log(await measure(workers));
rmSync(dirname(template), { recursive: true });

async function measure(workers: number): Promise<string> {
  const servers = await Promise.all([MariadbServer.start(template), MariadbServer.start(template)]); // XA needs two
  const [server] = servers;
  const engine = engineFor(server);
  const load = new Transfers(servers, workers);
  const times: Times[] = [];
  while (times.length < backups) times.push(await backUp({ server, engine }));
  await load.stop();
  await engine.close();
  await Promise.all(servers.map((each) => each.remove()));
  const names = ["stop", "cut", "hold", "InnoDB", "MyRocks"] as const;
  const parts = names.map((part) => `${part} ${shown(times.map((each) => each[part]))}`);
  const name = workers === 0 ? "idle" : `${workers} clients`;
  return `${name.padEnd(10)} ${parts.join("   ")}   (load average ${loadavg()[0]?.toFixed(1)}, ${cpus().length} cores)`;
}

type Times = Record<"stop" | "cut" | "hold" | "InnoDB" | "MyRocks", number>;

async function backUp({ server, engine }: BackedUp): Promise<Times> {
  const dir = join(server.dataDir, "backups", "piece");
  mkdirSync(dir);
  const maker = engine.maker as PieceMaker;
  const over = new AbortController();
  const writers = ["i", "r"].map((suffix) => write(server, `bank.written_${suffix}`, over.signal));
  await engine.flush(noSignal);
  await maker.prepare(dir, noSignal);
  over.abort();
  const [InnoDB = 0, MyRocks = 0] = await Promise.all(writers);
  const askedAt = performance.now();
  const stopped = await engine.stopWrites({ lockId: "measured", waitMs: 5_000, holdMs: 5_000 }, noSignal);
  const heldAt = performance.now();
  const { complete } = await maker.cut(dir);
  const cutAt = performance.now();
  if (!(await stopped.resume()).unbroken) throw new Error("the hold was broken");
  const hold = performance.now() - askedAt;
  await complete(noSignal);
  rmSync(dir, { recursive: true });
  return { stop: heldAt - askedAt, cut: cutAt - heldAt, hold, InnoDB, MyRocks };
}

/** Writes a row every few milliseconds; resolves with the longest time that one took. */
async function write(server: MariadbServer, table: string, over: AbortSignal): Promise<number> {
  const connection = await server.connect();
  let longestMs = 0;
  while (!over.aborted) {
    const begunAt = performance.now();
    await connection.query(`INSERT INTO ${table} VALUES ()`);
    longestMs = Math.max(longestMs, performance.now() - begunAt);
    await pause(2);
  }
  await connection.end();
  return longestMs;
}

function shown(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(1);
  return `${at(0.5)} / ${at(0.9)} / ${at(1)}`;
}
