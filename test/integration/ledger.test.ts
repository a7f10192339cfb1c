// The ledger servers as real processes: what they promise to their clients, and to the agent that stops their writes.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { checkLedger } from "../../examples/ledger/check.ts";
import { Ledger, ledgerClient, type Transfer } from "../../examples/ledger/contract.ts";
import { holdTransaction, type Load, startLoad } from "../../examples/ledger/load.ts";
import { callStream } from "../../proto/call.ts";
import { Engine } from "../../proto/engine-contract.ts";
import type { StopOrder } from "../support/agent-process.ts";
import { eventually } from "../support/eventually.ts";
import { ask, LedgerCluster, type LedgerProcess } from "../support/ledger-cluster.ts";

const noSignal = new AbortController().signal;
const initialTotal = 3 * 20 * 1000;

async function threeServers(...options: string[]): Promise<LedgerCluster> {
  const cluster = await LedgerCluster.start(["a", "b", "c"], "--accounts", "20", ...options);
  onTestFinished(() => cluster.close());
  return cluster;
}

/** Ends with the test at the latest, before the servers do. */
async function loadOn({ servers }: LedgerCluster, seed: number): Promise<Load> {
  const load = await startLoad({ servers, workers: 8, seed });
  onTestFinished(async () => void (await load.stop()));
  return load;
}

function atLeast(load: Load, transfers: number): Promise<boolean> {
  const goal = load.report().transfers + transfers;
  return eventually(() => load.report().transfers >= goal, 20_000, `the load did not do ${transfers} more transfers`);
}

describe("three servers under load", { timeout: 60_000 }, () => {
  test("keep the sum, and every transfer on both its servers", async () => {
    const cluster = await threeServers();
    const load = await loadOn(cluster, 1);
    await atLeast(load, 200);
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, lastFailure: "", retries: 0 });
    expect(report.longestMs).toBeGreaterThanOrEqual(report.p99Ms);
    const running = await cluster.check();
    expect(running).toMatchObject({
      consistent: true,
      onOneSideOnly: [],
      total: initialTotal,
      expectedTotal: initialTotal,
    });
    expect(running.transfers).toBe(report.transfers);
    for (const server of cluster.servers) await cluster.signal(server, "SIGTERM");
    expect(await checkLedger(cluster.servers.map(({ dataDir }) => ({ dataDir })))).toEqual(running);
  });

  test("lose and double nothing when they are killed one after the other", async () => {
    const cluster = await threeServers();
    const load = await loadOn(cluster, 2);
    for (const server of cluster.servers) {
      await atLeast(load, 20);
      await cluster.signal(server, "SIGKILL");
      await cluster.startAgain(server);
    }
    await atLeast(load, 20);
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, lastFailure: "" });
    expect(report.retries).toBeGreaterThan(0);
    const { consistent, transfers, total } = await cluster.check();
    expect({ consistent, transfers, total }).toEqual({
      consistent: true,
      transfers: report.transfers,
      total: initialTotal,
    });
  });

  test("can all be stopped at once again and again, and copies made then agree", async () => {
    const cluster = await threeServers();
    const load = await loadOn(cluster, 3);
    let transfers = 0;
    for (let tries = 0; tries < 20; tries += 1) {
      await atLeast(load, 10);
      const stops = await cluster.stopWrites(5000);
      const copies = await cluster.copyFiles();
      const resumed = await Promise.all(stops.map((stop) => stop.resume()));
      expect(resumed.map(({ unbroken }) => unbroken)).toEqual([true, true, true]);
      const check = await checkLedger(copies);
      expect(check).toMatchObject({ consistent: true, onOneSideOnly: [], total: initialTotal });
      expect(check.transfers).toBeGreaterThan(transfers);
      transfers = check.transfers;
      await Promise.all(copies.map(({ dataDir }) => rm(dataDir, { recursive: true })));
    }
    expect(await load.stop()).toMatchObject({ failed: 0 });
  });

  test("are seen to disagree when they lie about stopping", async () => {
    const cluster = await threeServers("--lie", "stop");
    const load = await loadOn(cluster, 4);
    const disagree = async () => {
      await atLeast(load, 10);
      const stops = await cluster.stopWrites(5000);
      const { consistent, onOneSideOnly } = await checkLedger(await cluster.copyFiles());
      const resumed = await Promise.all(stops.map((stop) => stop.resume()));
      expect(resumed.map(({ unbroken }) => unbroken)).toEqual([true, true, true]);
      return !consistent && onOneSideOnly.length > 0;
    };
    await eventually(disagree, 20_000, "copies of servers that write always agreed");
    await load.stop();
    expect((await cluster.check()).consistent).toBe(true);
  });
});

describe("a server whose writes are stopped", () => {
  let cluster: LedgerCluster;
  let server: LedgerProcess;
  let load: Load;

  beforeAll(async () => {
    cluster = await LedgerCluster.start(["a"], "--accounts", "20");
    [server] = cluster.servers as [LedgerProcess];
    load = await startLoad({ servers: [server], workers: 4, seed: 5 });
  });
  afterAll(async () => {
    try {
      const report = await load.stop();
      expect(report).toMatchObject({ failed: 0, lastFailure: "" });
      expect(await cluster.check()).toMatchObject({ consistent: true, transfers: report.transfers });
    } finally {
      await cluster.close();
    }
  });

  const writesGoOn = () => atLeast(load, 5);
  const journalLength = async () => (await cluster.stats(server)).transfers;
  const request = (limits = {}) => ({ lockId: crypto.randomUUID(), waitMs: 5000, holdMs: 20_000, ...limits });

  /** The events of a StopWrites, straight from the server. */
  const stopEvents = (limits = {}) => {
    const client = ledgerClient(server.socket);
    onTestFinished(() => client.close());
    return callStream(client, Engine.service.StopWrites, request(limits), { timeoutMs: 20_000, peer: "server" });
  };

  /** Opens a long write transaction. */
  const hold = async () => {
    const caller = new AbortController();
    const ended = holdTransaction(server, 20_000, caller.signal).catch((error: unknown) => error);
    const find = async () => (await openWrites()).find(({ owner }) => owner === "load client");
    const write = await eventually(find, 5000, "the hold is not listed");
    return { write, ended, cancel: () => caller.abort() };
  };
  const abort = async (ids: string[]) => (await ask(server.socket, Engine.service.AbortTransactions, { ids })).aborted;
  const openWrites = async () => (await server.engine.inspect(noSignal)).openWrites ?? [];

  test("writes nothing, answers reads, and tells the longest time that a write was blocked", async () => {
    const stop = await server.engine.stopWrites(request(), noSignal);
    const stoppedAt = performance.now();
    const before = await cluster.check();
    expect(before.consistent).toBe(true);
    await eventually(() => performance.now() > stoppedAt + 100, 5000, "the clock stands still");
    expect(await cluster.check()).toEqual(before);
    expect(await journalLength()).toBe(before.transfers);
    const { unbroken, longestBlockedWriteMs } = await stop.resume();
    expect(unbroken).toBe(true);
    expect(longestBlockedWriteMs).toBeGreaterThan(0);
    await writesGoOn();
  });

  test("was busy for as long as a transaction was held, and named it", async () => {
    const { write, ended, cancel } = await hold();
    const busy = server.engine.stopWrites(request({ waitMs: 100 }), noSignal);
    await expect(busy).rejects.toMatchObject({
      reason: "lock-busy",
      blockers: [{ id: write.id, owner: "load client", description: "hold for 20000 ms" }],
    });
    await writesGoOn();
    cancel();
    await ended;
    await (await server.engine.stopWrites(request(), noSignal)).resume();
  });

  test("aborts the transaction that is in the way when it is told to", async () => {
    const { write, ended } = await hold();
    const stopping = server.engine.stopWrites(request(), noSignal);
    expect(await abort([write.id])).toBe(1);
    expect(await ended).toMatchObject({ reason: "cancelled", message: "the transaction was aborted for a backup" });
    await (await stopping).resume();
    expect(await abort([write.id])).toBe(0);
  });

  test("lets writes go when the process that stopped them is killed", async () => {
    const order: StopOrder = { grpc: { address: server.socket }, request: request() };
    const agent = fork(new URL("../support/agent-process.ts", import.meta.url), [JSON.stringify(order)], {
      execArgv: [],
    });
    onTestFinished(() => void agent.kill("SIGKILL"));
    await once(agent, "message");
    const before = await journalLength();
    await expect(server.engine.stopWrites(request(), noSignal)).rejects.toMatchObject({ reason: "held-by-another" });
    expect(await journalLength()).toBe(before);
    agent.kill("SIGKILL");
    await writesGoOn();
  });

  test("lets writes go when the call is cancelled", async () => {
    for await (const { event } of stopEvents()) {
      expect(event).toBe("stopped");
      break;
    }
    await writesGoOn();
  });

  test("lets writes go when the hold is over, and says so", async () => {
    const lockId = "too-long";
    const events: unknown[] = [];
    for await (const { event } of stopEvents({ lockId, holdMs: 50 })) events.push(event);
    expect(events).toEqual(["stopped", "expired"]);
    expect(await ask(server.socket, Engine.service.ResumeWrites, { lockId })).toMatchObject({ unbroken: false });
    await writesGoOn();
  });

  test.each([{ lockId: "" }, { waitMs: -1 }, { waitMs: 2 ** 40 }, { holdMs: 0 }, { holdMs: 2 ** 40 }])(
    "refuses a stop with %o",
    async (limits) => {
      await expect(stopEvents(limits).next()).rejects.toMatchObject({ reason: "invalid" });
      await writesGoOn();
    },
  );
});

describe("a restore", { timeout: 60_000 }, () => {
  test("puts all servers on older files while clients go on", async () => {
    const cluster = await threeServers();
    const load = await loadOn(cluster, 6);
    await atLeast(load, 20);
    const stops = await cluster.stopWrites(5000);
    const copies = await cluster.copyFiles();
    await Promise.all(stops.map((stop) => stop.resume()));
    await atLeast(load, 20);
    await Promise.all(cluster.servers.map(({ engine }) => engine.stopServer(noSignal)));
    await Promise.all(cluster.servers.map(({ dataDir }) => rm(join(dataDir, "db"), { recursive: true })));
    for (const [index, { dataDir }] of cluster.servers.entries()) {
      await rename(join(copies[index]?.dataDir ?? "", "db"), join(dataDir, "db"));
    }
    await Promise.all(cluster.servers.map(({ engine }) => engine.startServer(noSignal)));
    await atLeast(load, 20);
    expect(await load.stop()).toMatchObject({ failed: 0, lastFailure: "" });
    const check = await cluster.check();
    expect(check).toMatchObject({ consistent: true, total: initialTotal });
    expect(check.transfers).toBeLessThan(load.report().transfers);
  });

  test("of files that cannot be used is refused, and the old ones can be put back", async () => {
    const cluster = await LedgerCluster.start(["a"]);
    onTestFinished(() => cluster.close());
    const [server] = cluster.servers as [LedgerProcess];
    const current = join(server.dataDir, "db", "CURRENT");
    await server.engine.stopServer(noSignal);
    const before = await readFile(current);
    await writeFile(current, "garbage\n");
    await expect(server.engine.startServer(noSignal)).rejects.toMatchObject({ reason: "corrupt" });
    await expect(cluster.stats(server)).rejects.toMatchObject({ reason: "unreachable" });
    await writeFile(current, before);
    await server.engine.startServer(noSignal);
    expect((await cluster.check()).consistent).toBe(true);
  });

  test("of accounts that are not what the journal says is refused", async () => {
    const cluster = await LedgerCluster.start(["a"]);
    onTestFinished(() => cluster.close());
    const [server] = cluster.servers as [LedgerProcess];
    await server.engine.stopServer(noSignal);
    const level = new ClassicLevel(join(server.dataDir, "db"));
    await level.sublevel("account").put("account-0001", "999");
    await level.close();
    await expect(server.engine.startServer(noSignal)).rejects.toMatchObject({
      reason: "corrupt",
      message: expect.stringContaining('the balances sum up to "99999", by the journal they should to "100000"'),
    });
  });
});

describe("a transfer", () => {
  let cluster: LedgerCluster;
  const transfer = {
    id: "t",
    ...{ fromServer: "a", fromAccount: "account-0001" },
    ...{ toServer: "b", toAccount: "account-0002" },
    amount: 7,
  };
  const send = (change: Partial<Transfer> = {}) =>
    ask(cluster.server("a").address, Ledger.service.Transfer, { transfer: { ...transfer, ...change } });

  beforeAll(async () => {
    cluster = await LedgerCluster.start(["a", "b"], "--accounts", "2", "--initial-balance", "100");
  });
  afterAll(() => cluster.close());

  test("is done once for its id, however often it is sent", async () => {
    const results = await Promise.all([send(), send(), send()]);
    expect([...results, await send()]).toEqual(Array(4).fill({ result: "TRANSFER_RESULT_DONE" }));
    expect(await cluster.check()).toMatchObject({ consistent: true, transfers: 1 });
  });

  test("of more than there is moves nothing", async () => {
    expect(await send({ id: "too-much", amount: 101 })).toEqual({ result: "TRANSFER_RESULT_INSUFFICIENT_FUNDS" });
    const last = [1, 2, 3, 4].map((each) => send({ id: `half-${each}`, fromAccount: "account-0002", amount: 30 }));
    const results = (await Promise.all(last)).map(({ result }) => result);
    expect(results.filter((result) => result === "TRANSFER_RESULT_DONE")).toHaveLength(3);
    expect(await cluster.check()).toMatchObject({ consistent: true, transfers: 4 });
  });

  test.each([
    ["not-found", { toAccount: "nobody" }],
    ["not-found", { fromAccount: "nobody" }],
    ["not-found", { toServer: "nowhere" }],
    ["not-found", { toServer: "a", toAccount: "nobody" }],
    ["invalid", { fromServer: "b" }],
    ["invalid", { toServer: "a", toAccount: "account-0001" }],
    ["invalid", { id: "" }],
    ["invalid", { id: "../x" }],
    ["invalid", { amount: 0 }],
    ["invalid", { amount: -1 }],
    ["invalid", { amount: 2 ** 60 }],
  ])("is refused as %s with %o", async (reason, change) => {
    const before = await cluster.check();
    await expect(send({ id: "wrong", ...change })).rejects.toMatchObject({ reason });
    expect(await cluster.check()).toEqual(before);
  });

  test("that is not in the request is refused", async () => {
    const sent = ask(cluster.server("a").address, Ledger.service.Transfer, { transfer: null });
    await expect(sent).rejects.toMatchObject({ reason: "invalid" });
  });
});
