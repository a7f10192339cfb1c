// How long writes of a MariaDB server with InnoDB and MyRocks are stopped for a backup, and how long they wait in Prepare, while
// mariadb-backup copies. Prints a line for each load; all times in milliseconds, as median / 90th percentile / longest:
//
//   stop      from just before the stop is asked for until writes are stopped
//   cut       until the position is read
//   hold      in all, until writes go on
//   InnoDB    the longest that one writer to InnoDB waited in Prepare
//   MyRocks   the same with MyRocks
//
// The last line is of method "snapshot", on a btrfs in a file, for which it must be root; nothing is copied in Prepare then.
//
//   node test/measure/mariadb-stall.ts [backups]
import { rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { nodeDisk } from "../../agent/disk.ts";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import { BtrfsDisk } from "../support/btrfs-disk.ts";
import type { BackedUp } from "../support/mariadb-pieces.ts";
import { grants, installTemplate, MariadbServer } from "../support/mariadb-server.ts";
import { engineFor } from "../support/mariadb-under-test.ts";
import { bankDatabase, Transfers } from "../support/xa-bank.ts";

const backups = Number(process.argv[2] ?? 30);
const noSignal = new AbortController().signal;
const template = installTemplate(`${bankDatabase} ${grants}
  CREATE TABLE bank.written_i (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;
  CREATE TABLE bank.written_r (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=RocksDB;`);

console.log(await measure("idle", 0, await startTwo()));
console.log(await measure("4 clients", 4, await startTwo()));
const disk = BtrfsDisk.mount(3_000);
console.log(await measure("snapshots", 4, await startOnBtrfs()));
disk.unmount();
rmSync(dirname(template), { recursive: true });

async function measure(name: string, workers: number, both: readonly [BackedUp, BackedUp]): Promise<string> {
  const load = new Transfers(
    both.map(({ server }) => server),
    workers,
  );
  const times: Times[] = [];
  while (times.length < backups) times.push(await backUp(both[0]));
  await load.stop();
  for (const { engine, server } of both) {
    await engine.close();
    await server.remove();
  }
  const names = ["stop", "cut", "hold", "InnoDB", "MyRocks"] as const;
  const parts = names.map((part) => `${part} ${shown(times.map((each) => each[part]))}`);
  return `${name.padEnd(10)} ${parts.join("   ")}   (load average ${loadavg()[0]?.toFixed(1)}, ${cpus().length} cores)`;
}

/** XA needs two. */
async function startTwo(): Promise<[BackedUp, BackedUp]> {
  const start = async () => {
    const server = await MariadbServer.start(template);
    return { server, engine: engineFor(server) };
  };
  return [await start(), await start()];
}

async function startOnBtrfs(): Promise<[BackedUp, BackedUp]> {
  const start = async (name: string) => {
    const server = await disk.startMariadb(name, template, ["--rocksdb-manual-wal-flush=OFF"]);
    return { server, engine: engineFor(server, { method: "snapshot" }) };
  };
  return [await start("db1"), await start("db2")];
}

type Times = Record<"stop" | "cut" | "hold" | "InnoDB" | "MyRocks", number>;

async function backUp({ server, engine }: BackedUp): Promise<Times> {
  const dir = join(server.dataDir, "backups", "piece");
  await nodeDisk.makeDirectoryLike(dir, server.dataDir);
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
