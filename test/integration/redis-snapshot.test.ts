// Cuts of a real Redis server that is written to and rewrites its AOF all the time: what is restored is what there was.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import type { MadeCut, PieceMaker, StoppedWrites } from "../../agent/engines/engine.ts";
import { redisEngine } from "../../agent/engines/redis.ts";
import { redisLayout } from "../../agent/files/redis.ts";
import { LsmSnapshotter } from "../support/lsm-snapshotter.ts";
import {
  type DataState,
  RedisBenchmark,
  rewriteAgainAndAgain,
  stateOfCopy,
  stateOfData,
} from "../support/redis-load.ts";
import { RedisProcess, type RedisProcessOptions } from "../support/redis-process.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const noSignal = new AbortController().signal;
/** As a disk is slow: while an fsync goes on, Redis writes nothing to its AOF. */
const slowDisk = [
  ...["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null"],
  ...["-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=900000"],
];
const atMost = { timeout: 120_000 };

test(
  "40 backups under load, while the AOF is rewritten all the time, each restore to what there was",
  atMost,
  async () => {
    const { server, client, cut } = await underLoad();
    const stop = new AbortController();
    const rewriting = rewriteAgainAndAgain(server.client(), stop.signal);
    await expectAllEqual(40, cut);
    stop.abort();
    expect(await rewriting).toBeGreaterThan(40);
    expect(await client.config("GET", "appendfsync")).toEqual(["appendfsync", "everysec"]);
  },
);

test(
  "10 backups on a slow disk each restore to what there was, and some do not if the AOF is not waited for",
  atMost,
  async () => {
    const { client, cut, naiveCut } = await underLoad({ wrapper: slowDisk });
    await expectAllEqual(10, cut);
    expect(await client.config("GET", "appendfsync")).toEqual(["appendfsync", "everysec"]);
    const naive = await repeat(6, naiveCut);
    expect(naive.filter(({ before, restored }) => before.digest !== restored.digest)).not.toEqual([]);
  },
);

test("10 saves of a server without AOF, each begun under the lock, restore to what there was", atMost, async () => {
  const { saveCut } = await underLoad({ args: ["--appendonly", "no"] });
  await expectAllEqual(10, saveCut);
});

async function expectAllEqual(backups: number, cut: () => Promise<Compared>): Promise<void> {
  const compared = await repeat(backups, cut);
  expect(compared.map(({ restored }) => restored)).toEqual(compared.map(({ before }) => before));
  expect(new Set(compared.map(({ before }) => before.digest)).size).toBe(backups); // else the load did nothing
}

async function repeat<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < times) results.push(await work());
  return results;
}

interface Compared {
  before: DataState;
  restored: DataState;
}

async function underLoad(options: Partial<RedisProcessOptions> = {}) {
  const root = await temporaryDirectory();
  const dir = join(root, "data");
  await mkdir(join(dir, "backups"), { recursive: true });
  const server = await RedisProcess.start({ dir, ...options });
  onTestFinished(() => server.close());
  const engine = redisEngine({ address: server.address, dataDir: dir });
  onTestFinished(() => engine.close());
  const client = server.client();
  const load = new RedisBenchmark(server);
  onTestFinished(() => load.stop());
  const pieces = numbered(join(root, "piece"));
  const compare = async (before: DataState, files: LsmSnapshotter) => {
    await files.seal();
    return { before, restored: await stateOfCopy(files.data, join(root, "copy")) };
  };

  const cut = async (): Promise<Compared> => {
    const files = new LsmSnapshotter(redisLayout, dir, pieces());
    await files.linkInAdvance();
    const stopped = await engine.stopWrites({ lockId: "lock", waitMs: 5_000, holdMs: 20_000 }, noSignal);
    const before = await stateWhile(stopped, client, () => files.cut());
    return await compare(before, files);
  };

  /** As it comes to mind: writes are paused, so the files can be linked. */
  const naiveCut = async (): Promise<Compared> => {
    const files = new LsmSnapshotter(redisLayout, dir, pieces());
    await files.linkInAdvance();
    await client.call("CLIENT", "PAUSE", "20000", "WRITE");
    await files.cut();
    const before = await stateOfData(client);
    await client.call("CLIENT", "UNPAUSE");
    return await compare(before, files);
  };

  /** Of a server without AOF. */
  const saveCut = async (): Promise<Compared> => {
    const made = pieces();
    await mkdir(made);
    await engine.flush(noSignal);
    const maker = engine.maker as PieceMaker;
    const stopped = await engine.stopWrites({ lockId: "lock", waitMs: 5_000, holdMs: 20_000 }, noSignal);
    let saved: MadeCut | undefined;
    const before = await stateWhile(stopped, client, async () => {
      saved = await maker.cut(made);
    });
    await saved?.complete(noSignal);
    return { before, restored: await stateOfCopy(made, join(root, "copy"), ["--appendonly", "no"]) };
  };
  return { server, client, cut, naiveCut, saveCut };
}

/** The data, before and after the work the same. */
async function stateWhile(stopped: StoppedWrites, client: Redis, work: () => Promise<unknown>): Promise<DataState> {
  const state = await stateOfData(client);
  await work();
  expect(await stateOfData(client)).toEqual(state);
  expect(await stopped.resume()).toMatchObject({ unbroken: true });
  return state;
}

function numbered(prefix: string): () => string {
  let count = 0;
  return () => `${prefix}${++count}`;
}
