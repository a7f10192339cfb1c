// Pieces of real MariaDB servers under load: what is restored is what was there under the lock, to the last row, in both storage
// engines; and a transfer over two servers is on both or on neither.
import { chownSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Connection } from "mariadb";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { type BackedUp, onRestored, removePieces, type TakenPiece, takePieces } from "../support/mariadb-pieces.ts";
import { grants, installTemplate, MariadbServer } from "../support/mariadb-server.ts";
import { engineFor } from "../support/mariadb-under-test.ts";
import { forever } from "../support/test-agent.ts";
import { bankDatabase, digestOf, preparedOn, resolvePrepared, Transfers, wrongInBank } from "../support/xa-bank.ts";

let template: string;
let servers: BackedUp[];

beforeAll(() => {
  template = installTemplate(`${bankDatabase} ${grants}`);
});
afterAll(() => rmSync(dirname(template), { recursive: true }));

afterEach(async () => {
  await Promise.all(servers.map(({ engine }) => engine.close()));
  await Promise.all(servers.map(({ server }) => server.remove()));
});

async function start(count: number, options: readonly string[] = []): Promise<void> {
  const started = await Promise.all(Array.from({ length: count }, () => MariadbServer.start(template, options)));
  servers = started.map((server) => ({ server, engine: engineFor(server) }));
}

async function startOne(options: readonly string[] = []): Promise<MariadbServer> {
  await start(1, options);
  return (servers[0] as BackedUp).server;
}

async function takeOne(between?: () => Promise<unknown>): Promise<TakenPiece> {
  const [piece] = await takePieces(servers, between);
  return piece as TakenPiece;
}

describe("twenty backups of two servers under load", () => {
  test("have what was there under the lock, and each transfer on both servers or on neither", async () => {
    await start(2);
    const load = new Transfers(servers.map(({ server }) => server));
    await eventually(() => load.acknowledged > 20, 30_000, "there are no transfers");
    let resolved = 0;
    for (let round = 0; round < 20; round += 1) {
      const taken = await takePieces(servers);
      await onRestored(taken, async (connections) => {
        for (const [index, connection] of connections.entries()) {
          expect(await digestOf(connection)).toBe(taken[index]?.digest);
          expect(await preparedOn(connection)).toEqual(taken[index]?.prepared);
        }
        const { committed, rolledBack } = await resolvePrepared(connections);
        resolved += committed + rolledBack;
        expect(await wrongInBank(connections)).toEqual([]);
      });
      removePieces(taken);
    }
    await load.stop();
    expect(load.problems).toEqual([]);
    expect(load.acknowledged).toBeGreaterThan(100);
    expect(resolved).toBeGreaterThan(0); // else nothing was in doubt at any cut, and the rule for it was not tried
  }, 400_000);
});

describe("a piece", () => {
  test("keeps XA transactions as they were at the cut, whichever side of the base they began on", async () => {
    const server = await startOne();
    const prepare = async (...ids: string[]) => {
      for (const id of ids) await prepareXa(server, id);
    };
    const resolve = (how: string, ...ids: string[]) => Promise.all(ids.map((id) => server.ask(`XA ${how} '${id}'`)));
    await prepare("before", "before-committed", "before-rolled-back", "before-committed-later");
    const piece = await takeOne(async () => {
      await prepare("after", "after-committed", "after-rolled-back", "after-committed-later");
      await resolve("COMMIT", "before-committed", "after-committed");
      await resolve("ROLLBACK", "before-rolled-back", "after-rolled-back");
    });
    await resolve("COMMIT", "before-committed-later", "after-committed-later");
    await onRestored([piece], async ([connection]) => {
      const prepared = ["after", "after-committed-later", "before", "before-committed-later"];
      expect(await preparedOn(connection)).toEqual(prepared);
      for (const id of prepared) await connection.query(`XA COMMIT '${id}'`);
      expect(await journalsOf(connection)).toEqual(twice([...prepared, "after-committed", "before-committed"].sort()));
    });
    await resolve("ROLLBACK", "before", "after");
  });

  test("has a transfer prepared that the other server has committed: it is committed, and what nobody has committed is rolled back", async () => {
    await start(2);
    const [one, other] = servers.map(({ server }) => server) as [MariadbServer, MariadbServer];
    const taken = await takePieces(servers, async () => {
      for (const id of ["committed-on-one", "committed-on-none"]) await prepareXa(one, id);
      for (const id of ["committed-on-one", "committed-on-none"]) await prepareXa(other, id);
      await prepareXa(other, "prepared-on-other-only");
      await one.ask("XA COMMIT 'committed-on-one'");
    });
    await onRestored(taken, async (connections) => {
      expect(await resolvePrepared(connections)).toEqual({ committed: 1, rolledBack: 3 });
      for (const connection of connections) {
        expect(await preparedOn(connection)).toEqual([]);
        expect(await journalsOf(connection)).toEqual(twice(["committed-on-one"]));
      }
    });
  });

  test("is unpacked by a server that leaves the temporary tables of others alone", async () => {
    await startOne();
    const piece = await takeOne();
    const temporary = `/tmp/#sql-temptable-${process.pid}-1-1.MAI`; // where servers put theirs that are told nothing
    writeFileSync(temporary, "of a live server");
    onTestFinished(() => rmSync(temporary, { force: true }));
    await onRestored([piece], async ([connection]) => expect(await digestOf(connection)).toBe(piece.digest));
    expect(readFileSync(temporary, "utf8")).toBe("of a live server");
  });

  test("has definitions, users and rights that changed between base and cut, and the next global transaction id", async () => {
    const server = await startOne();
    const piece = await takeOne(async () => {
      await server.ask("CREATE TABLE bank.new_r (id INT PRIMARY KEY) ENGINE=RocksDB");
      await server.ask("INSERT INTO bank.new_r VALUES (7)");
      await server.ask("ALTER TABLE bank.journal_i ADD COLUMN note VARCHAR(10) DEFAULT 'none', ALGORITHM=COPY");
      await server.ask("DROP TABLE bank.bulk_r");
      await server.ask("CREATE TABLE bank.bulk_r (id INT PRIMARY KEY) ENGINE=RocksDB");
      await server.ask("FLUSH BINARY LOGS");
      await server.ask("CREATE USER carol@localhost IDENTIFIED BY 'secret'");
      await server.ask("GRANT SELECT ON bank.* TO carol@localhost");
      await server.ask("CREATE PROCEDURE bank.answer() SELECT 42 answer");
    });
    const [before] = await server.ask("SELECT @@gtid_binlog_state state");
    await onRestored([piece], async ([connection], [restored]) => {
      expect(await digestOf(connection)).toBe(piece.digest);
      expect(await connection.query("SELECT id FROM bank.new_r")).toEqual([{ id: 7 }]);
      expect((await connection.query("CALL bank.answer()"))[0]).toEqual([{ answer: 42 }]);
      expect(await connection.query("SHOW GRANTS FOR carol@localhost")).toHaveLength(2);
      expect((await connection.query("SELECT @@gtid_binlog_state state"))[0]).toEqual(before);
      expect(
        readdirSync(restored.dataDir).filter((name) => /xtrabackup|cut.json|unpacked|binlogs|base/.test(name)),
      ).toEqual([]);
    });
  });

  test("of a server that nobody wrote to in between is restored, too", async () => {
    await startOne();
    const piece = await takeOne();
    await onRestored([piece], async ([connection]) => expect(await digestOf(connection)).toBe(piece.digest));
  });

  test("shares no file with the live server, and belongs to its user", async () => {
    const server = await startOne();
    const { dir } = await takeOne();
    const { uid } = statSync(server.dataDir);
    const files = readdirSync(dir, { recursive: true }).map((name) => statSync(join(dir, String(name))));
    expect(files.filter((file) => file.isFile() && file.nlink > 1)).toEqual([]);
    expect(files.filter((file) => file.uid !== uid)).toEqual([]);
    expect(readdirSync(join(dir, "base", "#rocksdb")).filter((name) => name.endsWith(".sst"))).not.toEqual([]);
  });

  test("does not come about when a binary log between base and cut was purged", async () => {
    const server = await startOne();
    const purge = async () => {
      await server.ask("FLUSH BINARY LOGS");
      await server.ask(`PURGE BINARY LOGS TO '${await currentLog(server)}'`);
    };
    expect(await rejectionOf(takeOne(purge))).toMatchObject({
      reason: "corrupt",
      message: expect.stringMatching(/was removed/),
    });
  });

  test("does not come about when the binary logs were begun anew", async () => {
    const server = await startOne();
    const reset = async () => {
      const name = await currentLog(server);
      await server.ask("RESET MASTER");
      while ((await currentLog(server)) !== name) await server.ask("FLUSH BINARY LOGS");
    };
    expect(await rejectionOf(takeOne(reset))).toMatchObject({
      reason: "corrupt",
      message: expect.stringMatching(/was removed/),
    });
  });

  test("whose binary log is damaged cannot be unpacked, and says where", async () => {
    const server = await startOne();
    const piece = await takeOne(() => server.ask("INSERT INTO bank.journal_i VALUES ('one', 1)"));
    const [log = ""] = readdirSync(join(piece.dir, "binlogs"));
    const bytes = readFileSync(join(piece.dir, "binlogs", log));
    writeFileSync(join(piece.dir, "binlogs", log), bytes.fill(0xff, bytes.length - 40));
    const error = await rejectionOf(piece.maker.unpack(piece.dir, forever));
    expect(error).toMatchObject({
      reason: "corrupt",
      message: expect.stringMatching(/mariadb-binlog did not reach the cut: ERROR/),
    });
  });
});

describe("the server", () => {
  test("with MyRocks starts again beside a backups directory that a root agent made", async () => {
    const server = await startOne();
    const backups = join(server.dataDir, "backups");
    chownSync(backups, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    expect(await (servers[0] as BackedUp).engine.inspect(forever)).toMatchObject({ problem: "" });
    await server.stop();
    await server.start();
    expect(await server.ask("SELECT COUNT(*) number FROM bank.account_r")).toEqual([{ number: 50 }]);
  });

  test.each([
    ["--skip-log-bin", /has no binary log: set log_bin/],
    ["--binlog-format=STATEMENT", /binlog_format is STATEMENT/],
    ["--binlog-ignore-db=bank", /leaves out databases \(bank\)/],
    ["--aria-log-dir-path=/tmp", /aria_log_dir_path is "\/tmp", outside/],
  ])("with %s is not ready, and it is said why", async (option, problem) => {
    await startOne([option]);
    const state = await (servers[0] as BackedUp).engine.inspect(forever);
    expect(state).toMatchObject({ healthy: false, problem: expect.stringMatching(problem) });
  });

  test("whose user lacks rights is not ready, and it is said what to grant", async () => {
    const server = await startOne();
    await server.ask("REVOKE SUPER, CONNECTION ADMIN ON *.* FROM stillpoint@localhost");
    const engine = engineFor(server);
    expect((await engine.inspect(forever)).problem).toMatch(
      /user "stillpoint" lacks rights: GRANT CONNECTION ADMIN, SUPER ON/,
    );
    await engine.close();
  });

  test("at another data directory than the agent's is not ready", async () => {
    const server = await startOne();
    const engine = engineFor(server, { dataDir: server.directory });
    expect((await engine.inspect(forever)).problem).toMatch(
      /its data directory is ".*\/data\/", the agent's dataDir is/,
    );
    await engine.close();
  });

  test("without the plugin metadata_lock_info names the statements that may be in the way, and kills them by consent", async () => {
    const server = await startOne();
    const { engine } = servers[0] as BackedUp;
    await server.ask("UNINSTALL SONAME 'metadata_lock_info'");
    const statement = "INSERT INTO bank.journal_r SELECT 'slow', SLEEP(60)";
    const connection = await server.connect();
    connection.on("error", () => {}); // it is killed
    connection.query(statement).catch(() => {});
    const stopping = () => rejectionOf(engine.stopWrites({ lockId: "one", waitMs: 300, holdMs: 5_000 }, forever));
    const busy = await eventually(stopping, 10_000, "the statement is not in the way");
    expect(busy).toMatchObject({
      reason: "lock-busy",
      blockers: [{ owner: "root@localhost", description: statement }],
    });
    expect(await engine.abortTransactions(forever)).toBe(1);
    await eventually(() => !connection.isValid(), 5_000, "it was not killed");
    const held = await engine.stopWrites({ lockId: "two", waitMs: 5_000, holdMs: 5_000 }, forever);
    expect(await held.resume()).toMatchObject({ unbroken: true });
  });

  test("that cannot be copied, because mariadb-backup is not there, makes a sentence that says what to install", async () => {
    const server = await startOne();
    const engine = engineFor(server, { programs: { "mariadb-backup": "/no/such/program" } });
    const dir = join(server.dataDir, "backups");
    const error = await rejectionOf((engine.maker as PieceMaker).prepare(dir, forever));
    expect(error).toMatchObject({ reason: "invalid", hint: expect.stringMatching(/install it .*mariadb-backup/) });
    await engine.close();
  });
});

async function prepareXa(server: MariadbServer, id: string): Promise<void> {
  const connection = await server.connect();
  await connection.query(`XA START '${id}'`);
  for (const suffix of ["i", "r"]) await connection.query(`INSERT INTO bank.journal_${suffix} VALUES ('${id}', 0)`);
  await connection.query(`XA END '${id}'`);
  await connection.query(`XA PREPARE '${id}'`);
  await connection.end();
}

/** The transfers that each of the two storage engines has. */
async function journalsOf(connection: Connection): Promise<string[][]> {
  const journals: string[][] = [];
  for (const suffix of ["i", "r"]) {
    const rows = await connection.query<{ id: string }[]>(`SELECT id FROM bank.journal_${suffix} ORDER BY id`);
    journals.push(rows.map(({ id }) => id));
  }
  return journals;
}

function twice(ids: readonly string[]): (readonly string[])[] {
  return [ids, ids];
}

async function currentLog(server: MariadbServer): Promise<string> {
  const [row] = await server.ask<{ File: string }[]>("SHOW MASTER STATUS");
  return String(row?.File);
}
