// Whoever reaches an agent may send it anything, in any order. Whatever it is: the answer is one of the table's errors, nothing
// but backups/ is touched, writes go on, and the agent takes a good backup afterwards.
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Agent } from "../../proto/agent-contract.ts";
import type { AgentUnderTest } from "../contracts/agent.ts";
import { openAgentOnTheWire } from "../support/agents-under-test.ts";
import { type AnyMethod, ask, expectOfTheTable } from "../support/ask.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { readTree, writeFiles } from "../support/file-tree.ts";
import { anyMessage } from "../support/hostile-messages.ts";
import { takeBackup } from "../support/take-backup.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { dump, forever, nightly, sealFacts, serverFiles, sha256Of } from "../support/test-agent.ts";
import { wholeTree } from "../support/whole-tree.ts";

const methods = Object.entries(Agent.service) as unknown as [string, AnyMethod][];

/** An agent whose data has links, with files of others all around it. */
async function openAmongOthers() {
  const home = await temporaryDirectory();
  const dataDir = join(home, "db1");
  await writeFiles(home, { "elsewhere/precious": "of others", "db10/CURRENT": "a neighbour's" });
  await writeFiles(dataDir, serverFiles);
  await mkdir(join(home, "db1.backups"));
  await symlink("../../elsewhere", join(dataDir, "cache/out"));
  await symlink("../CURRENT", join(dataDir, "sub/inside"));
  const opened = await openAgentOnTheWire({ dataDir, engine: new FakeEngine() });
  return { ...opened, home };
}

async function expectWritesGoOn({ engine, port }: AgentUnderTest): Promise<void> {
  expect((await port.describe(true, forever)).hold).toMatchObject({ phase: "PHASE_FREE" });
  await engine.database.write();
}

/** As a coordinator takes it. */
async function expectGoodBackup({ port }: AgentUnderTest, token: number): Promise<void> {
  const run = { backupId: `good-${token}`, token };
  await takeBackup(port, run);
  expect(await port.verifyPiece(run.backupId, () => {}, forever)).toMatchObject({ problems: [] });
}

it("a request of any method with any fields is answered, and touches nothing", async () => {
  const opened = await openAmongOthers();
  const before = await wholeTree(opened.home, "db1/backups");
  const inOrder = tokensInOrder();
  const good = {
    run: [nightly, { ...nightly, token: 8 }],
    backupId: [nightly.backupId],
    token: [7, 8],
    round: [1, 2],
    dump: [dump],
    sha256: [sha256Of(dump)],
    createdAt: [sealFacts.createdAt],
    label: ["nightly"],
    serverIds: [["db1", "db2"]],
  };
  const anyCall = fc.oneof(
    ...methods.map(([, method]) => {
      const name = `stillpoint.v1.${(method.requestType.type as { name: string }).name}`;
      return anyMessage(name, good).map((request) => ({ method, request }));
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { maxLength: 8 }), async (calls) => {
      const errors = await Promise.all(
        calls.map(({ method, request }) => ask(opened.client, method, inOrder(request))),
      );
      errors.forEach(expectOfTheTable);
    }),
    { numRuns: 60, endOnFailure: true },
  );
  await opened.port.abort({ ...nightly, token: 2 ** 53 - 1 }, 0);
  expect(await wholeTree(opened.home, "db1/backups")).toEqual(before);
  await expectWritesGoOn(opened);
});

it("calls of any runs in any order leave the data as it was, and the agent able to take a good backup", async () => {
  const opened = await openAmongOthers();
  const { engine, port, client } = opened;
  const [before, othersBefore] = [await readTree(opened.dataDir), await wholeTree(opened.home, "db1")];
  let token = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 3, arbitrary: anyHistory }, { weight: 1, arbitrary: fc.array(anyStep, { maxLength: 25 }) }),
      async (steps) => {
        const running: Promise<void>[] = [];
        for (const { name, run, round, waits } of steps) {
          const request = requestOf({ backupId: run.backupId, token: token + run.later }, round);
          const call = ask(client, Agent.service[name] as unknown as AnyMethod, request).then(expectOfTheTable);
          running.push(call);
          if (waits) await call;
          else await nextTurn();
        }
        await Promise.all(running);
        token += 10;
        const last = { backupId: "last", token };
        await port.undoRestore(last);
        await port.startRestored(last, { undone: true });
        await port.abort(last, 1);
        expect(await readTree(opened.dataDir)).toEqual(before);
        await expectWritesGoOn(opened);
        await expectGoodBackup(opened, token + 1);
        for (const { backupId } of await port.listPieces("", forever)) {
          token += 2;
          await port.deletePiece({ backupId, token }, forever);
        }
        engine.calls.length = 0;
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
  expect(await wholeTree(opened.home, "db1")).toEqual(othersBefore);
});

/** A token that is right is made larger than all before it: nothing is refused for being late, or for another's run. */
function tokensInOrder() {
  let newest = 8;
  return (request: Record<string, unknown>): Record<string, unknown> => {
    const token = Number((request.run as { token?: unknown } | null | undefined)?.token);
    if (!Number.isSafeInteger(token) || token < 1) return request;
    newest++;
    return { ...request, run: { ...(request.run as object), token: newest } };
  };
}

type Name = keyof typeof Agent.service & string;

interface Step {
  name: Name;
  /** `later`: by how much its token is larger than that of all runs before. */
  run: { backupId: string; later: number };
  round: number;
  waits: boolean;
}

const runs = {
  backup: { backupId: "one", later: 1 },
  restore: { backupId: "one", later: 3 },
  rival: { backupId: "two", later: 2 },
  latest: { backupId: "two", later: 4 },
};

const anyStep: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom(...(Object.keys(Agent.service) as Name[])),
  run: fc.constantFrom(runs.backup, runs.backup, runs.restore, runs.restore, runs.rival, runs.latest),
  round: fc.constantFrom(1, 1, 2),
  waits: fc.boolean(),
});

/** A backup, its restore and its end, in the right order. */
const life: [run: keyof typeof runs, ...Name[]][] = [
  ["backup", "Prepare", "Lock", "Snapshot", "Release", "StoreDump", "Seal", "Commit", "VerifyPiece", "ReadDump"],
  ["restore", "StageRestore", "FlipRestore", "StartRestored", "FinishRestore", "DeletePiece"],
];
const lifeSteps = life.flatMap(([run, ...names]) => {
  return names.map((name): Step => ({ name, run: runs[run], round: 1, waits: true }));
});
const seldom = fc.integer({ min: 0, max: 11 }).map((number) => number === 11);

/** Mostly right: a step is left out, comes twice, is not waited for, or somebody else's comes in between. */
const anyHistory = fc
  .tuple(
    ...lifeSteps.map((step) => fc.tuple(fc.constant(step), seldom, seldom, seldom, fc.option(anyStep, { freq: 1 }))),
  )
  .map((steps) =>
    steps.flatMap(([step, isLeftOut, isTwice, isHurried, other]) => [
      ...(isLeftOut ? [] : [{ ...step, waits: !isHurried }]),
      ...(isTwice ? [step] : []),
      ...(other !== null && isTwice !== isHurried ? [other] : []),
    ]),
  );

function requestOf(run: { backupId: string; token: number }, round: number): object {
  const { backupId } = run;
  const lock = { waitMs: 50, holdMs: 60_000, abortBlockers: true };
  return { ...sealFacts, ...lock, run, round, backupId, dump, sha256: sha256Of(dump), pieceServerId: "db1" };
}
