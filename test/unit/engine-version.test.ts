// META names the version of the server that the files were cut from, also when that server does not answer any more: a piece
// without it could not be restored.
import { expect, it } from "vitest";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import type { Misbehaviour } from "../support/fake-engine.ts";
import { cutPiece, facts, forever, nightly, openTestAgent, resultOf } from "../support/test-agent.ts";

const ref = { ...nightly, round: 1 };

async function openCut({ isDescribed }: { isDescribed: boolean }) {
  const opened = await openTestAgent();
  if (isDescribed) await opened.agent.describe(true, forever);
  await cutPiece(opened);
  return opened;
}

it.each<Misbehaviour>(["hang", new StillpointError("unreachable", "the server is down")])(
  "is that of the last inspection when one at the seal would %s",
  async (misbehaviour) => {
    const { agent, engine } = await openCut({ isDescribed: true });
    engine.misbehaves.inspect = misbehaviour;
    expect(await resultOf(agent.seal(ref, facts, forever))).toMatchObject({ engineVersion: "1.0" });
  },
);

it("is that of the last inspection when the server has died since, and said so", async () => {
  const { agent, engine } = await openCut({ isDescribed: true });
  engine.database.close();
  expect(await agent.describe(false, forever)).toMatchObject({ state: { healthy: false, version: "" } });
  expect(await resultOf(agent.seal(ref, facts, forever))).toMatchObject({ engineVersion: "1.0" });
});

it("is asked for at the seal when nobody has told it before, and what cannot be asked is not sealed", async () => {
  const { agent, engine } = await openCut({ isDescribed: false });
  engine.database.close();
  expect(await rejectionOf(resultOf(agent.seal(ref, facts, forever)))).toMatchObject({
    reason: "unreachable",
    message: "the server does not tell its version: the database is closed",
  });
  engine.database.open();
  expect(await resultOf(agent.seal(ref, facts, forever))).toMatchObject({ engineVersion: "1.0" });
});
