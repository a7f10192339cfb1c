// A backup that is cancelled at any of its steps, under load, by a call or by the end of its own: nothing of it is left, or,
// once it was decided, all of it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Load } from "../../examples/ledger/load.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import { Cluster, holdMs } from "../support/cluster.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";

const limits = { timeoutMs: 20_000, peer: "coordinator" };

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

let cluster: Cluster;
let load: Load;

beforeAll(async () => {
  cluster = await Cluster.start(3);
  load = await cluster.load();
});

afterAll(async () => {
  const { failed } = await load.stop();
  await cluster.stop();
  expect(failed).toBe(0);
});

async function cancel(): Promise<void> {
  await callUnary(cluster.client, Coordinator.service.CancelBackup, { id: "" }, limits);
}

/** Leaves the stream of a backup at a step. */
async function leaveAt(step: string): Promise<void> {
  const away = new AbortController();
  const stream = callStream(cluster.client, Coordinator.service.CreateBackup, {}, { ...limits, signal: away.signal });
  const reading = async () => {
    for await (const { event } of stream) if (event?.step === step) away.abort();
  };
  expect(await reasonOf(reading())).toBe("cancelled");
}

/** The cluster is as it was, but for whole backups; and it takes the next one. */
async function expectNothingHalf(): Promise<void> {
  const { transfers } = load.report();
  await eventually(() => load.report().transfers > transfers + 10, holdMs + 2000, "writes did not go on");
  const free = async () => {
    const { claim, jobs } = await callUnary(cluster.client, Coordinator.service.GetStatus, {}, limits);
    return claim === null && jobs.length === 0;
  };
  await eventually(free, 10_000, "the cancelled run was not cleared up");
  expect(await cluster.staged()).toEqual([]);
  const backups = await cluster.list();
  for (const { id, state } of backups) expect(state, id).toBe("BACKUP_STATE_COMPLETE");
}

const steps = [
  ...["claimed", "plan-read", "inspected", "prepared", "round-started", "server-locked", "locked", "snapshot"],
  ...["released", "dump-stored", "sealed", "committed"],
];

describe("a backup", () => {
  test.for(steps)("that is cancelled at step %s is gone, or whole", async (step) => {
    const known = (await cluster.list()).length;
    let asked: Promise<string | undefined> | undefined;
    const onStep = (each: string) => {
      if (each === step) asked ??= reasonOf(cancel());
    };
    const created = await cluster.create({}, onStep).then(
      () => true,
      (error: unknown) => error,
    );
    const refused = await asked;
    if (created === true) expect(refused).toBe("not-found");
    else expect({ created, refused }).toMatchObject({ created: { reason: "cancelled" }, refused: undefined });
    expect(await cluster.list()).toHaveLength(created === true ? known + 1 : known);
    await expectNothingHalf();
  });

  test.for(steps)("whose caller goes away at step %s is gone, or whole", async (step) => {
    await leaveAt(step);
    await expectNothingHalf();
  });
});
