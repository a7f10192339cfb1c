// docker-compose.yml as people use it, under load: every command here is one that they would type.
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ComposeCluster, type Ended } from "../support/docker/compose-cluster.ts";
import { dockerProblem } from "../support/docker/daemon.ts";
import { eventually } from "../support/eventually.ts";

const problem = process.env.CI === undefined ? await dockerProblem() : undefined;
const servers = ["db1", "db2", "db3"];

let cluster: ComposeCluster;
let backupUnderLoad: string;

async function stillpoint(...args: string[]): Promise<Ended> {
  return await cluster.exec("coordinator", "stillpoint", ...args);
}

/** As soon as nobody else has the claim. @returns the backup's id */
async function createWith(coordinator: string): Promise<string> {
  let ended: Ended | undefined;
  const isDone = async () => {
    ended = await cluster.exec(coordinator, "stillpoint", "create", "--json");
    return ended.code === 0;
  };
  await eventually(isDone, 60_000, "no backup can be taken").catch((error: Error) => {
    throw new Error(`${error.message}: ${ended?.stdout}${ended?.stderr}`);
  });
  return JSON.parse(String(ended?.stdout)).id;
}

/** What each server has, in the order in which they are written. */
async function counters(): Promise<number[]> {
  const script = servers.map((server) => `redis-cli -h ${server} get counter`).join("; ");
  const { stdout } = await cluster.exec("redis1", "sh", "-c", script);
  return stdout.trim().split("\n").map(Number);
}

/** Writes go on: each server has a newer number than it had. */
async function expectWrites(): Promise<void> {
  const before = await counters();
  const haveGrown = async () => (await counters()).every((value, index) => value > Number(before[index]));
  await eventually(haveGrown, 30_000, `writes do not go on: ${before.join(", ")}`);
}

async function becomesHealthy(service: string): Promise<void> {
  const isHealthy = async () =>
    (await cluster.container(service, "inspect", "--format", "{{.State.Health.Status}}")).trim() === "healthy";
  await eventually(isHealthy, 60_000, `${service} does not become healthy`);
}

const name = `the compose file${problem === undefined ? "" : ` (${problem})`}`;
describe.skipIf(problem !== undefined)(name, { timeout: 200_000 }, () => {
  beforeAll(async () => {
    cluster = await ComposeCluster.up();
  }, 400_000);

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  }, 100_000);

  it("is a cluster whose backup is taken under load, and is valid", async () => {
    await expectWrites();
    const { stdout, stderr, code } = await stillpoint("create", "--label", "load", "--json");
    expect(code, stderr).toBe(0);
    const backup = JSON.parse(stdout);
    expect(backup).toMatchObject({ state: "COMPLETE", nrDBServers: 3 });
    backupUnderLoad = backup.id;
    expect(await stillpoint("verify", backupUnderLoad)).toMatchObject({ code: 0 });
  });

  it("names the server whose agent's container was killed; its writes go on, and so do backups once it is back", async () => {
    await cluster.container("agent2", "kill");
    expect(await stillpoint("create")).toMatchObject({ code: 5, stderr: expect.stringContaining("db2") });
    await expectWrites();
    await cluster.container("agent2", "start");
    await becomesHealthy("agent2");
    await createWith("coordinator");
  });

  it("has another coordinator that clears up after one whose container was killed in the midst of a backup", async () => {
    await cluster.pause("agent3"); // so that the backup is not done before the coordinator is
    const creating = cluster.start("coordinator", "stillpoint", "create", "--label", "killed");
    for await (const text of creating.stderr.setEncoding("utf8")) if (text.includes("claimed")) break;
    await cluster.container("coordinator", "kill");
    if (creating.exitCode === null) await once(creating, "exit");
    await cluster.container("agent3", "unpause");
    await createWith("coordinator2");
    const { stdout } = await cluster.exec("coordinator2", "stillpoint", "list", "--json");
    expect(JSON.parse(stdout).backups).not.toContainEqual(
      expect.objectContaining({ id: expect.stringContaining("killed") }),
    );
    for (const { state } of JSON.parse(stdout).backups) expect(state).toBe("COMPLETE");
    await cluster.container("coordinator", "start");
    await becomesHealthy("coordinator");
  });

  it("takes no backup while etcd is paused, stops no write then, and takes one afterwards", async () => {
    await cluster.pause("etcd");
    const { code, stderr } = await stillpoint("create");
    expect(code, stderr).toBe(5);
    await expectWrites();
    await cluster.container("etcd", "unpause");
    await createWith("coordinator");
  });

  it("gets back to a backup that was taken under load: no server is ahead of one that is written before it", async () => {
    await cluster.compose("stop", "load");
    const later = await counters();
    const { code, stderr } = await stillpoint("restore", backupUnderLoad, "--yes");
    expect(code, stderr).toBe(0);
    const [first = 0, second = 0, third = 0] = await counters();
    expect(third).toBeGreaterThan(0);
    expect(second).toBeGreaterThanOrEqual(third);
    expect(first).toBeGreaterThanOrEqual(second);
    expect(first - third).toBeLessThanOrEqual(1);
    expect(first).toBeLessThan(Math.min(...later));
    await cluster.compose("start", "load");
    await expectWrites();
  });
});
