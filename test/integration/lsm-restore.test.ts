// Restores by links, as where the file system has no reflinks: the database that runs then shares the inodes of its tables with
// the piece, and the one before it with both. None of them may be harmed by what the others do.
import { cp, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Agent } from "../../agent/agent.ts";
import { unlessGone } from "../../agent/disk-errors.ts";
import type { Engine } from "../../agent/engines/engine.ts";
import { layoutFor } from "../../agent/files/layouts.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { systemClock } from "../../runtime/clock.ts";
import { quickDisk } from "../support/hooked-disk.ts";
import { type LsmDatabase, type LsmKind, openLsm } from "../support/lsm-database.ts";
import { batchOf, LsmModel } from "../support/lsm-load.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { commitPiece, forever, nightly, resultOf } from "../support/test-agent.ts";

const restores = 20;
const batches = 40;

describe.each<LsmKind>(["leveldb", "rocksdb"])("%s", (kind) => {
  test(`${restores} restores by links each give the backup's data, and harm neither the piece nor the data before them`, async () => {
    const { agent, server, dataDir } = await start(kind);
    await server.write(batches);
    await commitPiece({ agent });
    const backup = new LsmModel();
    backup.advanceTo(batches);
    for (let restored = 1; restored <= restores; restored++) {
      await server.write(batches + restored);
      if (restored % 2 === 0) await server.compact();
      const before = await server.entries();
      const failsafeDir = await restore(agent, nightly.token + restored);
      expect(await sharedTables(dataDir), `restore ${restored}`).toBeGreaterThan(0);
      expect(backup.differences(await server.entries()), `restore ${restored}`).toEqual([]);
      expect(await entriesOfCopy(kind, failsafeDir), `before restore ${restored}`).toEqual(before);
    }
    await server.write(batches);
    await server.compact();
    expect(backup.differences(await entriesOfCopy(kind, join(dataDir, "backups", nightly.backupId, "data")))).toEqual(
      [],
    );
    expect((await resultOf(agent.verify(nightly.backupId, forever))).problems).toEqual([]);
    await server.stop();
  });
});

/** A database in this process, as the server of an agent. */
async function start(kind: LsmKind) {
  const dataDir = join(await temporaryDirectory(), "data");
  const directory = join(dataDir, "db");
  await mkdir(directory, { recursive: true });
  const server = new Server(() => openLsm(kind, directory));
  await server.start();
  const agent = new Agent({
    ...{ serverId: "db1", version: "0.1.0", dataDir, engine: engineOf(server), clock: systemClock },
    layout: layoutFor({ layout: "lsm", excluded: [] }),
    disk: { ...quickDisk, clone: async () => false },
    list: (each) => listFiles(each),
    report: () => {},
  });
  await agent.open(forever);
  return { agent, server, dataDir };
}

class Server {
  readonly #open: () => Promise<LsmDatabase>;
  #database: LsmDatabase | undefined;

  constructor(open: () => Promise<LsmDatabase>) {
    this.#open = open;
  }

  async start(): Promise<void> {
    this.#database ??= await this.#open();
  }

  async stop(): Promise<void> {
    await this.#database?.close();
    this.#database = undefined;
  }

  async write(count: number): Promise<void> {
    for (let number = 1; number <= count; number++) await this.#running.apply(batchOf(number));
  }

  compact(): Promise<void> {
    return this.#running.compact();
  }

  entries(): Promise<Map<string, string>> {
    return this.#running.entries();
  }

  get #running(): LsmDatabase {
    return this.#database as LsmDatabase;
  }
}

/** The test itself does not write while the agent has stopped writes. */
function engineOf(server: Server): Engine {
  const lost = new AbortController().signal;
  const resume = async () => ({ unbroken: true, longestBlockedWriteMs: 0 });
  return {
    kind: "lsm",
    inspect: async () => ({ healthy: true, problem: "", version: "1.0", openWrites: undefined }),
    flush: async () => {},
    stopWrites: async () => ({ lost, resume }),
    abortTransactions: async () => 0,
    stopServer: () => server.stop(),
    startServer: () => server.start(),
    close: async () => {},
  };
}

/** Answers where the data of before is. */
async function restore(agent: Agent, token: number): Promise<string> {
  const run = { ...nightly, token };
  const request = { ...run, pieceServerId: "db1", dryRun: false, ignoreVersion: false };
  await resultOf(agent.stageRestore(request, forever));
  const { failsafeDir } = await agent.flipRestore(run, forever);
  await agent.startRestored(run, false, forever);
  await agent.finishRestore(run);
  return failsafeDir;
}

/** Files of the running database that have other names besides. */
async function sharedTables(dataDir: string): Promise<number> {
  const directory = join(dataDir, "db");
  const names = await readdir(directory);
  const stats = await Promise.all(names.map((name) => unlessGone(stat(join(directory, name))))); // it compacts meanwhile
  return stats.filter((each) => each !== undefined && each.nlink > 1).length;
}

async function entriesOfCopy(kind: LsmKind, data: string): Promise<Map<string, string>> {
  const copy = join(await temporaryDirectory(), "copy");
  await cp(join(data, "db"), copy, { recursive: true });
  const database = await openLsm(kind, copy);
  const entries = await database.entries();
  await database.close();
  return entries;
}
