// What a Redis server is put through while backups are made, and what tells one state of its data from another.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import { RedisProcess } from "./redis-process.ts";

/** Writes from several connections, each of which changes the data, until it is stopped. */
export class RedisBenchmark {
  readonly #child: ChildProcess;

  constructor({ port }: RedisProcess) {
    const load = ["-t", "incr", "-r", "5000", "-n", "1000000000", "-c", "4"];
    this.#child = spawn("redis-benchmark", ["-p", String(port), ...load, "-q"], { stdio: "ignore" });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error("redis-benchmark ended by itself");
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

/** One rewrite of the AOF after the other, until `stop` aborts. Returns how many. */
export async function rewriteAgainAndAgain(client: Redis, stop: AbortSignal): Promise<number> {
  let rewrites = 0;
  while (!stop.aborted) {
    await client.call("BGREWRITEAOF").catch(() => {}); // one goes on
    rewrites += 1;
    while (!stop.aborted && /aof_rewrite_(in_progress|scheduled):1/.test(await client.info("persistence")))
      await pause(5);
  }
  return rewrites;
}

export interface DataState {
  digest: string;
  keys: number;
}

export async function stateOfData(client: Redis): Promise<DataState> {
  const [digest, keys] = await Promise.all([client.call("DEBUG", "DIGEST"), client.dbsize()]);
  return { digest: String(digest), keys };
}

/** What a server says that was started on a copy of the files. */
export async function stateOfCopy(files: string, copy: string, args: string[] = []): Promise<DataState> {
  const server = await RedisProcess.startOnCopy(files, copy, args);
  try {
    return await stateOfData(server.client());
  } finally {
    await server.close();
  }
}
