// What the cluster is doing: the claim, and every server that the Plan names.
import { expect, it } from "vitest";
import { clusterStatus } from "../../coordinator/status.ts";
import { StillpointError } from "../../proto/errors.ts";
import { FakeCluster, forever } from "../support/fake-cluster.ts";

it("the status has every server of the Plan, with what its agent says", async () => {
  const cluster = new FakeCluster();
  void cluster.agent("db2").transaction({ ms: 10_000 });
  await cluster.clock.advance(1500);
  const { claim, planRevision, servers } = await clusterStatus(cluster.ports, forever);
  expect({ claim, planRevision }).toEqual({ claim: undefined, planRevision: 104 });
  expect(servers).toMatchObject([
    { id: "db1", agent: "db1.example:7421", reachable: true, problem: "", state: { healthy: true, openWrites: [] } },
    { id: "db2", reachable: true, state: { openWrites: [{ id: "t1", ageMs: 1500, owner: "a client" }] } },
    { id: "db3", reachable: true },
  ]);
});

it("the status says who has the claim, for what and since when", async () => {
  const cluster = new FakeCluster();
  await cluster.agency.claim({ holder: "coordinator-b", backupId: "theirs", purpose: "restore" }, forever);
  const { claim } = await clusterStatus(cluster.ports, forever);
  expect(claim).toEqual({
    holder: "coordinator-b",
    backupId: "theirs",
    purpose: "restore",
    since: new Date("2026-11-22T15:04:05.123Z"),
    token: 105,
  });
});

it("the status says which agent does not answer, and why", async () => {
  const cluster = new FakeCluster();
  cluster.agent("db2").wire.faults.describe = new StillpointError("unreachable", "connection refused");
  const { servers } = await clusterStatus(cluster.ports, forever);
  expect(servers).toMatchObject([
    { id: "db1", reachable: true },
    { id: "db2", reachable: false, problem: "connection refused", state: null },
    { id: "db3", reachable: true },
  ]);
});

it("the status says which agent is another server's, as a backup would", async () => {
  const cluster = new FakeCluster();
  cluster.agent("db2").description.serverId = "db9";
  const { servers } = await clusterStatus(cluster.ports, forever);
  expect(servers).toMatchObject([
    { id: "db1", reachable: true, problem: "" },
    {
      ...{ id: "db2", reachable: true },
      problem: 'the agent at "db2.example:7421" is of server "db9", the Plan says it is of "db2"',
    },
    { id: "db3", reachable: true, problem: "" },
  ]);
});

it("the status says which run is not settled, and which goes on", async () => {
  const cluster = new FakeCluster();
  const claim = await cluster.agency.claim({ holder: "coordinator-b", backupId: "theirs", purpose: "delete" }, forever);
  const job = { formatVersion: 1, token: 7, holder: "coordinator-b", serverIds: ["db1"], phase: "deleting" };
  await claim.journal("theirs", JSON.stringify({ ...job, backupId: "theirs" }));
  await claim.journal("older", JSON.stringify({ ...job, backupId: "older", holder: "coordinator-c" }));
  await claim.journal("damaged", "{}");
  const { jobs } = await clusterStatus(cluster.ports, forever);
  expect(jobs).toEqual([
    { backupId: "theirs", phase: "deleting", holder: "coordinator-b", unsettled: false },
    { backupId: "older", phase: "deleting", holder: "coordinator-c", unsettled: true },
    { backupId: "damaged", phase: expect.stringContaining("cannot be read"), holder: "", unsettled: true },
  ]);
});
