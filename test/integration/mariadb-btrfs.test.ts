// MariaDB on btrfs, whose pieces are snapshots: the same proof as with binary logs, and no snapshot is left behind.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import { BtrfsDisk } from "../support/btrfs-disk.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { type BackedUp, onRestored, removePieces, takePieces } from "../support/mariadb-pieces.ts";
import { grants, installTemplate, MariadbServer } from "../support/mariadb-server.ts";
import { engineFor } from "../support/mariadb-under-test.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { forever } from "../support/test-agent.ts";
import { bankDatabase, digestOf, preparedOn, resolvePrepared, Transfers, wrongInBank } from "../support/xa-bank.ts";

const canMount = process.env.CI === "true" || SmallDisk.isPossible();

describe.skipIf(!canMount)("on btrfs, whose pieces are snapshots,", () => {
  let template: string;
  let disk: BtrfsDisk;

  beforeAll(() => {
    template = installTemplate(`${bankDatabase} ${grants}`);
    return () => rmSync(dirname(template), { recursive: true });
  });
  beforeEach(() => {
    disk = BtrfsDisk.mount(3_000);
    onTestFinished(() => disk.unmount());
  });

  async function start(name: string, options = ["--rocksdb-manual-wal-flush=OFF"]): Promise<BackedUp> {
    const server = await disk.startMariadb(name, template, options);
    onTestFinished(() => server.kill());
    const engine = engineFor(server, { method: "snapshot" });
    onTestFinished(() => engine.close());
    return { server, engine };
  }

  test("ten backups under load have what was there under the lock", { timeout: 300_000 }, async () => {
    const servers = [await start("db1"), await start("db2")];
    expect(await servers[0]?.engine.inspect(forever)).toMatchObject({ problem: "", healthy: true });
    const load = new Transfers(servers.map(({ server }) => server));
    await eventually(() => load.acknowledged > 20, 30_000, "there are no transfers");
    for (let round = 0; round < 10; round += 1) {
      const taken = await takePieces(servers);
      await onRestored(taken, async (connections) => {
        for (const [index, connection] of connections.entries()) {
          expect(await digestOf(connection)).toBe(taken[index]?.digest);
          expect(await preparedOn(connection)).toEqual(taken[index]?.prepared);
        }
        await resolvePrepared(connections);
        expect(await wrongInBank(connections)).toEqual([]);
      });
      removePieces(taken);
    }
    await load.stop();
    expect(load.problems).toEqual([]);
    expect(disk.subvolumes()).toEqual(["db1/data", "db2/data"]);
  });

  test("a snapshot that a crash left goes with the directory that it is in", { timeout: 60_000 }, async () => {
    const { server, engine } = await start("db1");
    const dir = join(server.dataDir, "backups", "piece");
    mkdirSync(dir);
    const maker = engine.maker as PieceMaker;
    await maker.prepare(dir, forever);
    await maker.cut(dir);
    expect(disk.subvolumes()).toHaveLength(2);
    rmSync(dir, { recursive: true });
    expect(disk.subvolumes()).toEqual(["db1/data"]);
  });

  test("a server whose MyRocks keeps commits in memory is not ready", { timeout: 60_000 }, async () => {
    const { engine } = await start("db1", []);
    expect((await engine.inspect(forever)).problem).toMatch(/rocksdb_manual_wal_flush is ON/);
  });

  test("a data directory that is no subvolume is refused", { timeout: 60_000 }, async () => {
    const server = await MariadbServer.start(template, ["--rocksdb-manual-wal-flush=OFF"]);
    const engine = engineFor(server, { method: "snapshot" });
    onTestFinished(() => engine.close().then(() => server.remove()));
    expect((await engine.inspect(forever)).problem).toMatch(/is not on btrfs, which method "snapshot" needs/);
    const prepared = (engine.maker as PieceMaker).prepare(join(server.dataDir, "backups"), forever);
    expect(await rejectionOf(prepared)).toMatchObject({ reason: "invalid" });
  });
});
