// The engine "redis" on a real server, in the situations that its users meet.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Engine } from "../../agent/engines/engine.ts";
import { parseInfo, whyNotTheSame } from "../../agent/engines/redis/server-info.ts";
import { type RedisOptions, redisEngine } from "../../agent/engines/redis.ts";
import { Secret } from "../../runtime/secret.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { RedisProcess, type RedisProcessOptions } from "../support/redis-process.ts";
import { startAgent } from "../support/server-under-test.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { aborted } from "../support/tiny-database.ts";

const noSignal = new AbortController().signal;
const request = { lockId: "lock", waitMs: 300, holdMs: 20_000 };

interface Opened {
  server: RedisProcess;
  client: Redis;
  engine: Engine;
  options: RedisOptions;
}

async function open(more: Partial<RedisProcessOptions> = {}): Promise<Opened> {
  const dir = join(await temporaryDirectory(), "data");
  await mkdir(join(dir, "backups"), { recursive: true });
  const server = await RedisProcess.start({ dir, ...more });
  onTestFinished(() => server.close());
  const options = { address: server.address, dataDir: dir, serverTimeoutMs: 5_000 };
  return { server, client: server.client(), engine: engineOf(options), options };
}

function engineOf(options: RedisOptions): Engine {
  const engine = redisEngine(options);
  onTestFinished(() => engine.close());
  return engine;
}

async function problemOf(engine: Engine): Promise<string> {
  const { healthy, problem } = await engine.inspect(noSignal);
  expect(healthy).toBe(problem === "");
  return problem;
}

describe("a hold", () => {
  test("is renewed while it is needed, and ends when writes are let go", async () => {
    const { client, engine } = await open();
    const stopped = await engine.stopWrites(request, noSignal);
    const write = client.incr("writes");
    const waited = await Promise.race([write, new Promise((resolve) => setTimeout(resolve, 2_500, "waits"))]);
    expect(waited).toBe("waits"); // more than twice as long as one pause
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
    expect(await write).toBe(1);
  });

  test("is broken by a failover in its course, even if nothing was written", async () => {
    const { client, engine } = await open();
    const stopped = await engine.stopWrites(request, noSignal);
    await client.replicaof("127.0.0.1", 1);
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason.message).toMatch(/it has become a replica of 127\.0\.0\.1:1$/);
  });

  test("is broken by a failover there and back, even if nothing was written", async () => {
    const { client, engine } = await open();
    const stopped = await engine.stopWrites(request, noSignal);
    await client.replicaof("127.0.0.1", 1);
    await client.replicaof("NO", "ONE");
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason.message).toContain("a failover has changed its replication id");
  });

  test("is broken by somebody else's UNPAUSE if something was written, and the server itself tells", async () => {
    const { client, engine } = await open();
    const stopped = await engine.stopWrites(request, noSignal);
    await client.call("CLIENT", "UNPAUSE");
    await client.incr("writes");
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    expect(stopped.lost.reason.message).toContain("the server counts writes while they were stopped");
  });

  test("is not broken by a save or a rewrite in its course", async () => {
    const { client, engine } = await open();
    await client.incr("writes");
    const stopped = await engine.stopWrites(request, noSignal);
    await client.save();
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
    const again = await engine.stopWrites(request, noSignal);
    await client.bgrewriteaof();
    await idle(client);
    expect(await again.resume()).toMatchObject({ unbroken: true });
  });

  test("is lost when the connection is cut, and writes go on", async () => {
    const { client, server, options } = await open();
    await using proxy = await TcpProxy.start(server.address);
    const engine = engineOf({ ...options, address: proxy.endpoint });
    const stopped = await engine.stopWrites(request, noSignal);
    proxy.cut();
    await aborted(stopped.lost);
    await client.incr("writes");
    expect(await stopped.resume()).toMatchObject({ unbroken: false });
    await (await engine.stopWrites(request, noSignal)).resume();
  });

  test("of an agent that hangs does not keep another agent out once its pause is over", async () => {
    const { client, engine, options } = await open();
    const agent = startAgent({ redis: options, request });
    onTestFinished(async () => void (await agent.kill("group")));
    await agent.held;
    agent.hang();
    await client.incr("writes");
    const stop = () => engine.stopWrites(request, noSignal).catch(() => undefined);
    const stopped = await eventually(stop, 10_000, "the agent that hangs is in the way");
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
  });
});

describe("the setting of appendfsync", () => {
  test("is put back by the next agent if one is killed between the change and the change back", async () => {
    const { client, server, options, engine } = await open();
    await using proxy = await TcpProxy.start(server.address);
    // the server says that its buffer is not empty, so that the agent changes the setting; with that it dies
    proxy.onAnswer = (chunk) => {
      const at = chunk.indexOf("aof_buffer_length:0");
      if (at !== -1) chunk.write("aof_buffer_length:7", at);
    };
    const changed = Promise.withResolvers<void>();
    const agent = startAgent({ redis: { ...options, address: proxy.endpoint }, request });
    proxy.onRequest = async (chunk) => {
      if (!/set\r\n\$11\r\nappendfsync\r\n\$2\r\nno/i.test(chunk.toString())) return;
      setImmediate(() => changed.resolve()); // when it has been passed on
    };
    await changed.promise;
    await eventually(async () => (await setting(client)) === "no", 5_000, "it was never changed");
    await agent.kill("process");
    expect(await setting(client)).toBe("no");
    expect(await problemOf(engine)).toBe("");
    expect(await setting(client)).toBe("everysec");
    expect(await readdir(join(server.dir, "backups"))).toEqual([]);
  });

  test("is left alone if somebody has changed it since", async () => {
    const { client, server, engine } = await open();
    await writeFile(join(server.dir, "backups", ".redis-appendfsync"), "everysec");
    await client.config("SET", "appendfsync", "always");
    expect(await problemOf(engine)).toBe("");
    expect(await setting(client)).toBe("always");
  });
});

describe("a server is refused", () => {
  test("that is a replica, with the name of its primary; and if it becomes one before the lock", async () => {
    const { client, engine } = await open();
    await client.replicaof("127.0.0.1", 7);
    expect(await problemOf(engine)).toMatch(/it is a replica: back up its primary 127\.0\.0\.1:7 instead$/);
    const error = await rejectionOf(engine.stopWrites(request, noSignal));
    expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining("it is a replica") });
  });

  test("whose AOF is turned off between the begin of the piece and the lock: its files would be of yesterday", async () => {
    const { client, engine } = await open();
    await engine.flush(noSignal);
    await client.config("SET", "appendonly", "no");
    const error = await rejectionOf(engine.stopWrites(request, noSignal));
    expect(error).toMatchObject({
      reason: "invalid",
      message: expect.stringContaining("its AOF was turned off during"),
    });
  });

  test("whose data directory is another one, or none", async () => {
    const [one, other] = [await open(), await open()];
    await one.client.incr("writes");
    const wrong = engineOf({ ...one.options, dataDir: other.server.dir });
    expect(await problemOf(wrong)).toMatch(
      /has \d+ bytes, that of the server has \d+: is dataDir the server's "dir"\?/,
    );
    const none = engineOf({ ...one.options, dataDir: join(one.server.dir, "backups") });
    expect(await problemOf(none)).toContain("has no AOF in it");
  });

  test("that does not know the user or the password, without showing it", async () => {
    const { options } = await open();
    const engine = engineOf({ ...options, username: "nobody", password: new Secret("top-secret") });
    const problem = await problemOf(engine);
    expect(problem).toContain("WRONGPASS");
    expect(problem).not.toContain("top-secret");
  });
});

/** As docs/ENGINES.md lists them. */
const needed = ["+info", "+client|id", "+client|pause", "+client|unpause", "+client|list", "+multi", "+discard"];
const channel = ["+subscribe", "+unsubscribe", "+pubsub|numsub", "&stillpoint:hold"];
const recommended = ["+config|get", "+config|set", "+client|setname", "+ping", "+shutdown"];

describe("an ACL user", () => {
  async function withRights(rights: string[], args: string[] = []) {
    const aclFile = join(await temporaryDirectory(), "users.acl");
    const users = ["user default on nopass ~* &* +@all", `user agent on >pass resetchannels ${rights.join(" ")}`];
    await writeFile(aclFile, `${users.join("\n")}\n`);
    const opened = await open({ args: ["--aclfile", aclFile, ...args], supervised: true });
    return { ...opened, engine: engineOf({ ...opened.options, username: "agent", password: new Secret("pass") }) };
  }

  test("with exactly the needed rights can be backed up", async () => {
    const { engine } = await withRights([...needed, ...channel]);
    expect(await problemOf(engine)).toBe("");
    const stopped = await engine.stopWrites(request, noSignal);
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
  });

  test("with the recommended ones too leaves nothing to be desired", async () => {
    const { engine } = await withRights([...needed, ...channel, ...recommended]);
    await engine.stopServer(noSignal);
    await engine.startServer(noSignal);
    expect(await problemOf(engine)).toBe("");
  });

  test("without the rights to CONFIG waits until Redis has written its AOF by itself", async () => {
    const { server, options, client } = await withRights([...needed, ...channel]);
    await using proxy = await TcpProxy.start(server.address);
    let left = 3; // answers that say that the buffer is not empty
    proxy.onAnswer = (chunk) => {
      const at = chunk.indexOf("aof_buffer_length:0");
      if (at !== -1 && left-- > 0) chunk.write("aof_buffer_length:7", at);
    };
    const user = { username: "agent", password: new Secret("pass") };
    const engine = engineOf({ ...options, ...user, address: proxy.endpoint });
    expect(await (await engine.stopWrites(request, noSignal)).resume()).toMatchObject({ unbroken: true });
    expect(left).toBeLessThan(0);
    expect(await setting(client)).toBe("everysec");
    expect(await readdir(join(server.dir, "backups"))).toEqual([]);
  });

  test("of a server without AOF needs BGSAVE too", async () => {
    const without = await withRights([...needed, ...channel], ["--appendonly", "no"]);
    expect(await problemOf(without.engine)).toContain("'bgsave'");
    const { engine } = await withRights([...needed, ...channel, "+bgsave"], ["--appendonly", "no"]);
    expect(await problemOf(engine)).toBe("");
  });

  test.each([...needed, ...channel])("without %s is told what is missing", async (right) => {
    const { engine } = await withRights([...needed, ...channel].filter((each) => each !== right));
    const problem = await problemOf(engine);
    expect(problem).toContain("NOPERM");
    if (!right.startsWith("&")) expect(problem).toContain(`'${right.slice(1)}'`);
    else expect(problem).toMatch(/channels? used as arguments/);
  });
});

describe("a script that runs for long", () => {
  const loop = "local t = redis.call('TIME')[1] while redis.call('TIME')[1] - t < tonumber(ARGV[1]) do end return 1";

  async function busy(seconds: number) {
    const opened = await open({ args: ["--busy-reply-threshold", "50"] });
    const running = opened.server.client().eval(loop, 0, String(seconds));
    running.catch(() => {}); // when it is killed
    await eventually(async () => !(await opened.client.ping().catch(() => undefined)), 5_000, "no script runs");
    return { ...opened, running };
  }

  test("makes a stop lock-busy, is in the way when the server is inspected, and the next stop is well", async () => {
    const { engine, running } = await busy(2);
    const state = await engine.inspect(noSignal);
    expect(state).toMatchObject({ healthy: true, openWrites: [{ description: expect.stringContaining("script") }] });
    const error = await rejectionOf(engine.stopWrites(request, noSignal));
    expect(error).toMatchObject({ reason: "lock-busy", blockers: [{ id: "script" }] });
    await running;
    await (await engine.stopWrites(request, noSignal)).resume();
  });

  test("for longer than one pause, but not as long as may be waited, is waited for", async () => {
    const { server, client, engine } = await open();
    const running = server.client().eval(loop, 0, "2");
    const isBusy = async () => (await Promise.race([client.ping(), pause(200, "busy")])) === "busy";
    await eventually(isBusy, 5_000, "no script runs");
    const stopped = await engine.stopWrites({ ...request, waitMs: 5_000 }, noSignal);
    await running;
    await pause(500); // twice as long as what is left of a pause when it is renewed
    expect(await stopped.resume()).toMatchObject({ unbroken: true });
  });

  test("is ended by abortTransactions", async () => {
    const { engine, running } = await busy(600);
    expect(await engine.abortTransactions(noSignal)).toBe(1);
    await expect(running).rejects.toThrow("killed");
    expect(await engine.abortTransactions(noSignal)).toBe(0);
  });

  test("is named if it is a function, and ended too", async () => {
    const { server, client, engine } = await open({ args: ["--busy-reply-threshold", "50"] });
    const body = `function(keys, ARGV) ${loop} end`;
    await client.call("FUNCTION", "LOAD", `#!lua name=spinning\nredis.register_function('spin', ${body})`);
    const running = server.client().call("FCALL", "spin", 0, "600");
    running.catch(() => {}); // when it is killed
    await eventually(async () => !(await client.ping().catch(() => undefined)), 5_000, "no function runs");
    const error = await rejectionOf(engine.stopWrites(request, noSignal));
    expect(error).toMatchObject({ reason: "lock-busy", blockers: [{ description: 'function "spin"' }] });
    expect(await engine.abortTransactions(noSignal)).toBe(1);
    await expect(running).rejects.toThrow(/killed/i);
    await (await engine.stopWrites(request, noSignal)).resume();
  });
});

describe("a server that is started", () => {
  test("without AOF on data with one is corrupt: it would show nothing", async () => {
    const { server, engine } = await open({ args: ["--appendonly", "no"], supervised: true });
    await engine.stopServer(noSignal);
    await mkdir(join(server.dir, "appendonlydir"));
    await writeFile(join(server.dir, "appendonlydir", "appendonly.aof.1.base.rdb"), "");
    await writeFile(
      join(server.dir, "appendonlydir", "appendonly.aof.manifest"),
      "file appendonly.aof.1.base.rdb seq 1 type b\n",
    );
    const error = await rejectionOf(engine.startServer(noSignal));
    expect(error).toMatchObject({ reason: "corrupt", message: expect.stringContaining("started with appendonly no") });
  });

  test("on no data with AOF on is corrupt", async () => {
    const { server, engine } = await open({ supervised: true });
    await engine.stopServer(noSignal);
    await rm(join(server.dir, "appendonlydir"), { recursive: true });
    const error = await rejectionOf(engine.startServer(noSignal));
    expect(error).toMatchObject({ reason: "corrupt", message: expect.stringContaining("started with appendonly yes") });
  });

  test("on an AOF whose end is damaged is corrupt, though it starts", async () => {
    const { server, client, engine } = await open({ supervised: true });
    await client.incr("writes");
    await engine.stopServer(noSignal);
    const incr = join(server.dir, "appendonlydir", "appendonly.aof.1.incr.aof");
    await writeFile(incr, "*3\r\n$3\r\nSET\r\n$6\r\nwri", { flag: "a" });
    const error = await rejectionOf(engine.startServer(noSignal));
    expect(error).toMatchObject({ reason: "corrupt", message: expect.stringContaining("has cut it off") });
  });
});

test("a unix socket will do", async () => {
  const { server, options } = await open();
  const engine = engineOf({ ...options, address: `unix:${server.socket}` });
  expect(await problemOf(engine)).toBe("");
  expect(await (await engine.stopWrites(request, noSignal)).resume()).toMatchObject({ unbroken: true });
});

describe("two moments of a server", () => {
  const text = (changes: Record<string, string>) => {
    const fields = {
      redis_version: "7.0.15",
      run_id: "a",
      role: "master",
      master_replid: "b",
      loading: "0",
      aof_enabled: "0",
    };
    const save = { rdb_bgsave_in_progress: "0", rdb_current_bgsave_time_sec: "-1", rdb_last_bgsave_status: "ok" };
    const all = { ...fields, ...save, rdb_saves: "3", rdb_changes_since_last_save: "5", ...changes };
    return Object.entries(all)
      .map(([name, value]) => `${name}:${value}`)
      .join("\r\n");
  };
  const info = (changes: Record<string, string> = {}) => parseInfo(text(changes), "redis");

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ["nothing at all", {}, {}],
    ["a save begun", {}, { rdb_saves: "4", rdb_bgsave_in_progress: "1" }],
    ["a save begun and ended", {}, { rdb_saves: "4", rdb_changes_since_last_save: "0" }],
    ["a save going on", { rdb_bgsave_in_progress: "1" }, { rdb_bgsave_in_progress: "1" }],
  ])("are the same with %s in between", (_, before, after) => {
    expect(whyNotTheSame(info(before), info(after))).toBeUndefined();
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ["a write", {}, { rdb_changes_since_last_save: "6" }],
    ["a save and a write", {}, { rdb_saves: "4", rdb_changes_since_last_save: "1" }],
    ["a save and as many writes as it had", {}, { rdb_saves: "4", rdb_changes_since_last_save: "5" }],
    ["two saves", {}, { rdb_saves: "5", rdb_changes_since_last_save: "0" }],
    ["the end of a save that went on before", { rdb_bgsave_in_progress: "1" }, { rdb_changes_since_last_save: "0" }],
    ["a restart", {}, { run_id: "c" }],
  ])("are not known to be the same with %s in between", (_, before, after) => {
    expect(whyNotTheSame(info(before), info(after))).toBeDefined();
  });

  test("a server that lacks a field is named, and the field", () => {
    expect(() => parseInfo("redis_version:7.0.0", "redis at 1")).toThrow('redis at 1: INFO has no field "');
  });
});

async function setting(client: Redis): Promise<string | undefined> {
  return ((await client.config("GET", "appendfsync")) as string[])[1];
}

async function idle(client: Redis): Promise<void> {
  const isIdle = async () => /aof_rewrite_in_progress:0/.test(await client.info("persistence"));
  await eventually(isIdle, 10_000, "the rewrite does not end");
}
