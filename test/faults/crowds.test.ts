// Many backups: at once from several coordinators, and one after the other for long.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasReason } from "../../proto/errors.ts";
import { deleteBackups } from "./checks.ts";
import type { FaultCluster } from "./fault-cluster.ts";
import { leftOvers } from "./left-overs.ts";
import { LoadedCluster } from "./loaded-cluster.ts";
import { allCells } from "./report.ts";
import type { TestedCoordinator } from "./tested-coordinator.ts";
import { growthOf, measure, type Usage } from "./usage.ts";

const atOnce = 20;
const inARow = allCells ? 100 : 30;
const warmUp = inARow / 2;
const lookEvery = inARow / 10;
const measured = ["agent-db1", "agent-db2", "agent-db3", "coordinator-1"];
/** Or says that nobody had it for long enough to be named. */
const namesHolder = /by "coordinator-[1-4]" to (create|settle) backup|one run after another/;

let world: LoadedCluster;
let cluster: FaultCluster;

beforeAll(async () => {
  world = await LoadedCluster.start({ claimTtlMs: 10_000 });
  cluster = world.cluster;
  await cluster.addCoordinator(cluster.etcd.endpoints);
  await cluster.addCoordinator(cluster.etcd.endpoints);
});

afterAll(async () => {
  await world?.close();
});

test("many backups at once are made one after the other: who is too early is told who has the claim", {
  timeout: 240_000,
}, async ({ task }) => {
  const refusals: string[] = [];
  const coordinators = Array.from({ length: atOnce }, (_, index) => cluster.coordinators[index % 4] ?? cluster.victim);
  const ids = await Promise.all(coordinators.map((coordinator) => insist(coordinator, refusals)));

  expect(new Set(ids).size).toBe(atOnce);
  expect(refusals.length).toBeGreaterThanOrEqual(atOnce - 1);
  expect(refusals.filter((each) => !namesHolder.test(each))).toEqual([]);
  expect(overlaps(cluster.agentEvents)).toEqual([]);
  const listed = (await cluster.other.list()).map(({ id, state }) => `${id} ${state}`);
  expect(listed.sort()).toEqual(ids.map((id) => `${id} BACKUP_STATE_COMPLETE`).sort());
  expect(await leftOvers(cluster)).toEqual([]);
  await deleteBackups(cluster);
  const row = `${atOnce} backups at once from four coordinators, each tried until it is made`;
  const outcome = `all complete; refused ${refusals.length} times as \`claim-taken\`, with the holder's name; no two held locks at once`;
  task.meta.cell = { table: "crowd", row, column: "", outcome, broken: [] };
});

test("many backups in a row leave memory, descriptors, timers and files as they were", { timeout: 480_000 }, async ({
  task,
}) => {
  const looks: Usage[][] = [];
  for (let number = 1; number <= inARow; number++) {
    const { id } = await cluster.victim.create();
    await cluster.victim.delete(id);
    const isTimeToLook = number >= warmUp && number % lookEvery === 0;
    if (isTimeToLook) looks.push(await Promise.all(measured.map((name) => measure(cluster.processes, name))));
  }
  const growths = measured.map((name, index) =>
    growthOf(
      name,
      looks.map((look) => look[index] as Usage),
    ),
  );
  expect(growths.flatMap(({ problems }) => problems)).toEqual([]);
  expect(await leftOvers(cluster)).toEqual([]);
  for (const { dataDir } of cluster.servers) {
    expect((await readdir(join(dataDir, "backups"))).filter((name) => !name.startsWith("."))).toEqual([]);
  }
  const row = `${inARow} backups in a row under load, from the ${warmUp}th on`;
  const outcome = growths.map(({ text }) => text).join("; ");
  task.meta.cell = { table: "crowd", row, column: "", outcome, broken: [] };
});

/** Returns the backup's id. */
async function insist(coordinator: TestedCoordinator, refusals: string[]): Promise<string> {
  for (;;) {
    try {
      return (await coordinator.create()).id;
    } catch (error) {
      if (!hasReason(error, "claim-taken")) throw error;
      refusals.push(error.message);
      await pause(50);
    }
  }
}

/** Pairs of backups that held locks at the same time, by what the agents tell. */
function overlaps(events: FaultCluster["agentEvents"]): string[] {
  const holds = new Set<string>();
  const wrong: string[] = [];
  for (const { step, server, backupId } of events) {
    if (step === "let-go") holds.delete(`${backupId} on ${server}`);
    if (step !== "held") continue;
    wrong.push(...[...holds].filter((hold) => !hold.startsWith(backupId)).map((hold) => `${hold}, and ${backupId}`));
    holds.add(`${backupId} on ${server}`);
  }
  return wrong;
}
