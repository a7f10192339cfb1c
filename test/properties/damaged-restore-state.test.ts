// The state of a restore that was begun, damaged in any way. An agent that finds it does not start, and says what to do; it
// moves and removes nothing: not the data of before, not that of the backup, and nothing outside.
import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { rejectionOf } from "../support/error-of.ts";
import { readTree, writeFiles } from "../support/file-tree.ts";
import { commitPiece, forever, nightly, openTestAgent, resultOf } from "../support/test-agent.ts";

const restore = { ...nightly, token: 20, pieceServerId: "db1", dryRun: false, ignoreVersion: false };

/** A restore that was flipped and not finished: its undoing moves all there is. */
async function openFlipped() {
  const opened = await openTestAgent();
  await commitPiece(opened);
  await resultOf(opened.agent.stageRestore(restore, forever));
  await opened.agent.flipRestore(restore, forever);
  const home = join(opened.dataDir, "..");
  await writeFiles(home, { "elsewhere/precious": "of somebody else" });
  const state = join(opened.backups, ".restoring/state.json");
  return { ...opened, home, state, good: await readFile(state, "utf8") };
}

async function expectRefusedAndUntouched({ dataDir, home, state }: Awaited<ReturnType<typeof openFlipped>>) {
  const [before, backupsBefore] = [await readTree(home), await readTree(join(dataDir, "backups"))];
  const { agent } = await openTestAgent({ dataDir, isOpen: false });
  const error = await rejectionOf(agent.open(forever));
  expect(error).toMatchObject({ reason: "corrupt", message: expect.stringContaining(`"${state}" cannot be read`) });
  expect(error?.hint).toContain("the data before the restore is in backups/.failsafe");
  expect([await readTree(home), await readTree(join(dataDir, "backups"))]).toEqual([before, backupsBefore]);
}

it("a state that was cut, flipped or replaced anywhere is not acted on", async () => {
  const opened = await openFlipped();
  const { good } = opened;
  const bytes = Buffer.from(good);
  const damaged = fc.oneof(
    fc.nat(bytes.length - 3).map((length) => bytes.subarray(0, length)),
    fc.tuple(fc.nat(bytes.length - 2), fc.nat(7)).map(([at, bit]) => {
      return Buffer.concat([bytes.subarray(0, at), Buffer.of((bytes[at] ?? 0) ^ (1 << bit)), bytes.subarray(at + 1)]);
    }),
    fc.json().map((json) => Buffer.from(json)),
  );
  const isChanged = (changed: Buffer) => JSON.stringify(parsed(changed)) !== JSON.stringify(parsed(bytes));
  await fc.assert(
    fc.asyncProperty(damaged.filter(isChanged), async (changed) => {
      await writeFile(opened.state, changed);
      await expectRefusedAndUntouched(opened);
    }),
    { numRuns: 40 },
  );
});

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

it.each<[string, (path: string) => Promise<unknown>]>([
  ["a directory", (path) => mkdir(path)],
  ["a link to another file", (path) => symlink("../../../elsewhere/precious", path)],
  ["a pipe", async (path) => execFileSync("mkfifo", [path])],
  ["300 MB long", (path) => writeFile(path, "").then(() => truncate(path, 300_000_000))],
])("a state that is %s is not acted on", async (_what, make) => {
  const opened = await openFlipped();
  await rm(opened.state);
  await make(opened.state);
  const { agent } = await openTestAgent({ dataDir: opened.dataDir, isOpen: false });
  const error = await rejectionOf(agent.open(forever));
  expect(error).toMatchObject({ reason: "corrupt", message: expect.stringContaining('state.json" cannot be read') });
  expect(await readFile(join(opened.home, "elsewhere/precious"), "utf8")).toBe("of somebody else");
});

it("a whole state is undone as ever", async () => {
  const opened = await openFlipped();
  await writeFile(opened.state, opened.good);
  expect(await opened.agent.undoRestore(restore, forever)).toBe(true);
  await opened.agent.startRestored(restore, true, forever);
  expect(await readTree(opened.dataDir)).toMatchObject({ CURRENT: "000005.log\n" });
});
