// Whoever reaches a coordinator may send it anything, in any order, at once. Whatever it is: the answer is one of the table's
// errors, no claim and no hold is left, the data is untouched, and the next backup is good.
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import { clientOptions } from "../../proto/load.ts";
import { openLog } from "../../runtime/log.ts";
import { openAgentOnTheWire } from "../support/agents-under-test.ts";
import { type AnyMethod, ask, expectOfTheTable } from "../support/ask.ts";
import { readTree } from "../support/file-tree.ts";
import { anyMessage } from "../support/hostile-messages.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const methods = Object.values(Coordinator.service) as unknown as AnyMethod[];
const limits = { timeoutMs: 30_000, peer: "the coordinator" };

/** A cluster of one server, whose coordinator answers on the wire. */
async function openCluster() {
  const agent = await openAgentOnTheWire();
  const file = join(await temporaryDirectory(), "agency.db");
  const config = coordinatorConfig.parse({
    listen: "127.0.0.1:0",
    agency: { kind: "embedded", file },
    backup: { timeout: "1s" },
  });
  const running = await startCoordinator(config, openLog("coordinator", "silent"), () => {});
  const client = new Coordinator(running.address, credentials.createInsecure(), clientOptions);
  onTestFinished(async () => {
    client.close();
    await running.close();
  });
  const plan = [{ key: "DBServers/db1", value: Buffer.from(JSON.stringify({ agent: agent.port.address })) }];
  await callUnary(client, Coordinator.service.ApplyPlan, { entries: plan }, limits);
  return { agent, client, plan };
}

type Cluster = Awaited<ReturnType<typeof openCluster>>;

async function create({ client }: Cluster, label: string): Promise<string> {
  for await (const { backup } of callStream(client, Coordinator.service.CreateBackup, { label }, limits)) {
    if (backup) return backup.id;
  }
  throw new Error("no backup came");
}

async function expectGoodBackup(cluster: Cluster): Promise<void> {
  const id = await create(cluster, "after-all-that");
  for await (const { verdict } of callStream(cluster.client, Coordinator.service.VerifyBackup, { id }, limits)) {
    if (verdict) expect(verdict.problems).toEqual([]);
  }
}

/** Whoever asks for a long wait gets one. */
function hurried(request: Record<string, unknown>): Record<string, unknown> {
  const { timeoutMs } = request;
  return Number(timeoutMs) > 1000 && Number(timeoutMs) < 1e9 ? { ...request, timeoutMs: 1000 } : request;
}

it("requests of any method with any fields, many at once, are answered and leave nothing", async () => {
  const cluster = await openCluster();
  const { agent, client, plan } = cluster;
  const id = await create(cluster, "nightly");
  const before = await readTree(agent.dataDir);
  const good = {
    id: [id, "2026-11-22T15.04.05.123Z_unknown"],
    label: ["nightly", ""],
    timeoutMs: [1, 1000],
    firstWaitMs: [1, 50],
    maxWaitMs: [50],
    holdMs: [1000],
    maxStallMs: [0, 1, 500],
    patience: [0, 0.5, 1],
    serverMap: [{}, { db1: "db1" }, { db1: "db9" }, { db9: "db1" }],
    entries: [plan, [...plan, ...plan]],
    key: ["Collections/a", "DBServers/db1", "DBServers/db2"],
  };
  const isForGood = (method: AnyMethod, request: object) =>
    method.path.endsWith("/DeleteBackup") && "id" in request && request.id === id;
  const anyCall = fc.oneof(
    ...methods.map((method) => {
      const name = `stillpoint.v1.${(method.requestType.type as { name: string }).name}`;
      const requests = anyMessage(name, good).filter((request) => !isForGood(method, request));
      return requests.map((request) => ({ method, request }));
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 6 }), async (calls) => {
      const errors = await Promise.all(calls.map(({ method, request }) => ask(client, method, hurried(request))));
      errors.forEach(expectOfTheTable);
      const { claim, servers } = await callUnary(client, Coordinator.service.GetStatus, {}, limits);
      expect(claim).toBeNull();
      expect(servers).toMatchObject([{ reachable: true, state: { hold: { phase: "PHASE_FREE" }, stagedIds: [] } }]);
      await agent.engine.database.write();
    }),
    { numRuns: 40, endOnFailure: true },
  );
  expect(await readTree(agent.dataDir)).toEqual(before);
  await expectGoodBackup(cluster);
  expect(await callUnary(client, Coordinator.service.DeleteBackup, { id }, limits)).toMatchObject({
    serverIds: ["db1"],
  });
});
