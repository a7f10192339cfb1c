// One step on a piece at a time, and none goes on for a run that is over.

import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Agent } from "../../agent/agent.ts";
import { rejectionOf } from "../support/error-of.ts";
import { hookedDisk, quickDisk } from "../support/hooked-disk.ts";
import {
  dump,
  facts,
  forever,
  later,
  nightly,
  openTestAgent,
  resultOf,
  sha256Of,
  takePiece,
} from "../support/test-agent.ts";

/** An agent in the midst of a step: its caller has the first progress, and has not asked for more. */
async function openInPrepare() {
  const opened = await openTestAgent();
  const step = opened.agent.prepare(nightly, forever);
  await step.next();
  return { ...opened, step, staging: join(opened.backups, ".staging") };
}

/** Follows work that must wait, through enough calls for it to be done if it did not. */
async function mustWait(agent: Agent, work: Promise<unknown>): Promise<void> {
  let isDone = false;
  const settle = () => {
    isDone = true;
  };
  work.then(settle, settle);
  for (let calls = 0; calls < 10; calls++) await agent.describe(true, forever);
  expect(isDone).toBe(false);
}

const reasonOf = async (work: Promise<unknown>) => (await rejectionOf(work))?.reason;

describe("a step", () => {
  it("waits for the one before", async () => {
    const { agent, step } = await openInPrepare();
    const storing = agent.storeDump({ ...nightly, round: 0 }, dump, sha256Of(dump));
    await mustWait(agent, storing);
    await resultOf(step);
    await storing;
  });

  it("gives its turn back when its caller stops listening", async () => {
    const { agent, step } = await openInPrepare();
    const storing = agent.storeDump({ ...nightly, round: 0 }, dump, sha256Of(dump));
    await step.return(undefined);
    await storing;
  });

  it("whose caller has gone away makes nothing that nobody would remove", async () => {
    const { engine, backups } = await openTestAgent();
    engine.flush = async () => {}; // also of an engine that does not hear of it
    const gone = AbortSignal.abort(new Error("the caller went away"));
    const { agent } = await openTestAgent({ dataDir: dirname(backups), engine });
    await expect(resultOf(agent.prepare(nightly, gone))).rejects.toThrow("the caller went away");
    expect(await quickDisk.names(join(backups, ".staging"))).toEqual([]);
  });

  it("keeps its turn until a cut has ended whose hold broke long before", async () => {
    const copying = Promise.withResolvers<void>();
    const slow = hookedDisk(({ name, to }) =>
      to?.endsWith("/OPTIONS") && name === "copy" ? copying.promise : undefined,
    );
    const { agent } = await openTestAgent({ disk: slow });
    await resultOf(agent.prepare(nightly, forever));
    const ref = { ...nightly, round: 1 };
    await agent.lock({ ...ref, waitMs: 1000, holdMs: 50, abortBlockers: false }, forever);
    expect(await rejectionOf(agent.snapshot(ref, false))).toMatchObject({
      reason: "hold-lost",
      message: expect.stringContaining("the hold of round 1 broke during the cut"),
    });
    const aborting = agent.abort(ref);
    await mustWait(agent, aborting);
    copying.resolve();
    await aborting;
  });

  it("that fails does not stand in the way of the next", async () => {
    const { agent } = await openTestAgent();
    expect(await reasonOf(resultOf(agent.seal({ ...nightly, round: 0 }, facts, forever)))).toBe("not-found");
    await takePiece({ agent });
  });
});

describe("an abort", () => {
  it("ends the step that is running, waits for its end, and then removes the piece", async () => {
    const { agent, step, staging } = await openInPrepare();
    const aborting = agent.abort({ ...nightly, round: 1 });
    await mustWait(agent, aborting);
    expect(await quickDisk.names(staging)).toEqual([nightly.backupId]);
    expect(await reasonOf(step.next())).toBe("cancelled");
    await aborting;
    expect(await quickDisk.names(staging)).toEqual([]);
  });

  it("lets no step begin that still waits", async () => {
    const { agent, step, staging } = await openInPrepare();
    const storing = reasonOf(agent.storeDump({ ...nightly, round: 0 }, dump, sha256Of(dump)));
    const aborting = agent.abort({ ...nightly, round: 1 });
    await step.return(undefined);
    expect(await storing).toBe("cancelled");
    await aborting;
    expect(await quickDisk.names(staging)).toEqual([]);
  });
});

describe("a newer run", () => {
  it("waits for the end of what an older one is doing, and then removes it", async () => {
    const { agent, step, staging } = await openInPrepare();
    const newer = resultOf(agent.prepare(later, forever));
    await mustWait(agent, newer);
    expect(await reasonOf(step.next())).toBe("cancelled");
    await newer;
    expect(await quickDisk.names(staging)).toEqual([later.backupId]);
  });

  it("is one piece, also when several of its calls come at once", async () => {
    const { agent, step, staging } = await openInPrepare();
    const calls = [
      resultOf(agent.prepare(later, forever)),
      agent.storeDump({ ...later, round: 0 }, dump, sha256Of(dump)),
      agent.snapshot({ ...later, round: 1 }, true),
    ];
    await step.return(undefined);
    await Promise.all(calls);
    await resultOf(agent.seal({ ...later, round: 0 }, facts, forever));
    expect(await quickDisk.names(staging)).toEqual([later.backupId]);
  });

  it("does not let an older one come back that waited with it", async () => {
    const { agent, step } = await openInPrepare();
    const older = reasonOf(agent.storeDump({ ...later, token: 8, round: 0 }, dump, sha256Of(dump)));
    const newer = agent.storeDump({ backupId: "newest", token: 9, round: 0 }, dump, sha256Of(dump));
    await step.return(undefined);
    expect(await older).toBe("stale-round");
    await newer;
  });
});

describe("the end of the agent", () => {
  it("ends the step that is running", async () => {
    const { agent, step } = await openInPrepare();
    const closing = agent.close();
    expect(await reasonOf(step.next())).toBe("cancelled");
    await closing;
  });
});
