// A real Redis server as the contract of the engine port wants it: a write is an INCR of one counter.
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import { type RedisOptions, redisEngine } from "../../agent/engines/redis.ts";
import type { AgentProcess, EngineUnderTest, Write } from "../contracts/engine.ts";
import { RedisProcess } from "./redis-process.ts";
import { startAgent } from "./server-under-test.ts";

export async function startRedisUnderTest(): Promise<EngineUnderTest> {
  const root = await mkdtemp(join(tmpdir(), "stillpoint-redis-"));
  const dir = join(root, "data");
  await mkdir(join(dir, "backups"), { recursive: true });
  const server = await RedisProcess.start({ dir, supervised: true });
  const options: RedisOptions = { address: server.address, dataDir: dir, callTimeoutMs: 1_000, serverTimeoutMs: 5_000 };
  const engine = redisEngine(options);
  const probe = server.client();
  const writers = new Writers(server, probe);
  const agents: AgentProcess[] = [];
  return {
    engine,
    another: () => redisEngine(options),
    write: () => writers.write(),
    begin: async () => "",
    end: async () => {},
    countWrites: async () => Number(await probe.get("writes")),
    writesInFiles: () => countIn(dir, join(root, "copy")),
    replaceFiles: (writes) => replaceAof(dir, writes),
    crash: () => server.crash(),
    restart: () => server.restart(),
    hang: () => server.signal("SIGSTOP"),
    wake: () => server.signal("SIGCONT"),
    startAgent: (request) => {
      const agent = startAgent({ redis: options, request });
      agents.push(agent);
      return agent;
    },
    close: async () => {
      await Promise.all(agents.map((agent) => agent.kill("group")));
      await engine.close();
      await server.close();
      await rm(root, { recursive: true });
    },
  };
}

/** Connections that write, one write at a time each. */
class Writers {
  readonly #server: RedisProcess;
  readonly #probe: Redis;
  readonly #free: Redis[] = [];

  constructor(server: RedisProcess, probe: Redis) {
    this.#server = server;
    this.#probe = probe;
  }

  write(): Write {
    const client = this.#free.pop() ?? this.#server.client();
    let isDone = false;
    const id = client.client("ID");
    const done = client.incr("writes").finally(() => {
      isDone = true;
      this.#free.push(client);
    });
    done.catch(() => {}); // a test that crashes the server does not wait for it
    const blocked = id.then((number) => this.#isBlocked(number, () => isDone));
    blocked.catch(() => {});
    return { blocked, done };
  }

  /** Never resolves if the write is done before. */
  async #isBlocked(id: number, isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const listed = await this.#probe.call("CLIENT", "LIST", "ID", String(id));
      if (/ flags=b/.test(String(listed))) return;
      await pause(2);
    }
    await new Promise(() => {});
  }
}

/** What a server that is started on a copy of the files finds there. */
async function countIn(dir: string, copy: string): Promise<number> {
  const server = await RedisProcess.startOnCopy(dir, copy);
  try {
    return Number(await server.client().get("writes"));
  } finally {
    await server.close();
  }
}

async function replaceAof(dir: string, writes: number | "garbage"): Promise<void> {
  const made = join(dir, "appendonlydir.new");
  const number = String(writes);
  const command = `*3\r\n$3\r\nSET\r\n$6\r\nwrites\r\n$${number.length}\r\n${number}\r\n`;
  await mkdir(made);
  await writeFile(join(made, "appendonly.aof.1.base.aof"), writes === "garbage" ? "garbage" : command);
  await writeFile(join(made, "appendonly.aof.1.incr.aof"), "");
  const lines = ["file appendonly.aof.1.base.aof seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i"];
  await writeFile(join(made, "appendonly.aof.manifest"), `${lines.join("\n")}\n`);
  await rm(join(dir, "appendonlydir"), { recursive: true, force: true });
  await rename(made, join(dir, "appendonlydir"));
}
