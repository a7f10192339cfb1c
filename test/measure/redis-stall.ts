// How long writes of a Redis server are stopped for a backup: from just before the stop is asked for until they go on, with
// the cut in between. Prints a line for each load; all times in milliseconds, as median / 90th percentile / longest.
//
//   node test/measure/redis-stall.ts [backups]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Engine } from "../../agent/engines/engine.ts";
import { redisEngine } from "../../agent/engines/redis.ts";
import { watchChanges } from "../../agent/files/change-watch.ts";
import { redisLayout } from "../../agent/files/redis.ts";
import { LsmSnapshotter } from "../support/lsm-snapshotter.ts";
import { RedisProcess } from "../support/redis-process.ts";

const backups = Number(process.argv[2] ?? 60);
const noSignal = new AbortController().signal;

/** Resolves when `stop` has aborted. */
type Load = (server: RedisProcess, stop: AbortSignal) => Promise<unknown>;

const loads: Record<string, Load> = { idle: async () => {}, "4 clients": clients, saturated };

for (const [name, load] of Object.entries(loads)) console.log(await measure(name, load));

async function measure(name: string, load: Load): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "stillpoint-stall-"));
  const dir = join(root, "data");
  await mkdir(join(dir, "backups"), { recursive: true });
  const server = await RedisProcess.start({ dir });
  const engine = redisEngine({ address: server.address, dataDir: dir });
  const stop = new AbortController();
  const loading = load(server, stop.signal);
  const times: Times[] = [];
  while (times.length < backups) {
    await pause(100);
    const piece = join(root, `piece${times.length}`);
    times.push(await backUp(engine, new LsmSnapshotter(redisLayout, dir, piece, watchChanges)));
  }
  stop.abort();
  await loading;
  await engine.close();
  await server.close();
  await rm(root, { recursive: true });
  const parts = (["stop", "cut", "hold"] as const).map((part) => `${part} ${shown(times.map((each) => each[part]))}`);
  return `${name.padEnd(10)} ${parts.join("   ")}   (load average ${loadavg()[0]?.toFixed(1)}, ${cpus().length} cores)`;
}

interface Times {
  /** Until writes were stopped and the AOF was written. */
  stop: number;
  /** Until the files were linked. */
  cut: number;
  /** In all, until writes went on. */
  hold: number;
}

async function backUp(engine: Engine, files: LsmSnapshotter): Promise<Times> {
  await files.linkInAdvance();
  const askedAt = performance.now();
  const stopped = await engine.stopWrites({ lockId: "measured", waitMs: 5_000, holdMs: 5_000 }, noSignal);
  const heldAt = performance.now();
  await files.cut();
  const cutAt = performance.now();
  if (!(await stopped.resume()).unbroken) throw new Error("the hold was broken");
  const times = { stop: heldAt - askedAt, cut: cutAt - heldAt, hold: performance.now() - askedAt };
  await files.end();
  return times;
}

/** Each writes and waits a millisecond. */
async function clients(server: RedisProcess, stop: AbortSignal): Promise<unknown> {
  const each = async () => {
    const client = server.client();
    while (!stop.aborted) {
      await client.set(`key:${Math.floor(Math.random() * 100_000)}`, "x".repeat(100));
      await pause(1);
    }
  };
  return await Promise.all([1, 2, 3, 4].map(each));
}

/** As fast as the server can. */
async function saturated({ port }: RedisProcess, stop: AbortSignal): Promise<unknown> {
  const options = ["-t", "set", "-r", "100000", "-d", "100", "-n", "1000000000", "-c", "20", "-q"];
  const child = spawn("redis-benchmark", ["-p", String(port), ...options], { stdio: "ignore" });
  stop.addEventListener("abort", () => void child.kill("SIGKILL"));
  return await once(child, "exit");
}

function shown(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] as number).toFixed(1);
  return `${at(0.5)} / ${at(0.9)} / ${at(1)}`;
}
