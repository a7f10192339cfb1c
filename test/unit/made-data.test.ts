// A piece that its engine makes itself: it goes through the same steps as one of links, and comes back through the same restore.
import { appendFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import { StillpointError } from "../../proto/errors.ts";
import { rejectionOf } from "../support/error-of.ts";
import { FakeEngine } from "../support/fake-engine.ts";
import { readTree } from "../support/file-tree.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import {
  commitPiece,
  dump,
  facts,
  forever,
  lockRequest,
  nightly,
  openTestAgent,
  resultOf,
  sha256Of,
} from "../support/test-agent.ts";

const restore = { ...nightly, pieceServerId: "db1", dryRun: false, ignoreVersion: false };

/** A base of the log before the lock, its length at the cut, and the rest after it. */
class LogMaker implements PieceMaker {
  readonly log: string;
  #base = 0;

  constructor(log: string) {
    this.log = log;
  }

  async prepare(dir: string): Promise<void> {
    const base = await readFile(this.log);
    this.#base = base.length;
    await writeFile(join(dir, "base"), base);
  }

  async cut(dir: string) {
    const { length } = await readFile(this.log);
    const complete = async () => {
      await writeFile(join(dir, "rest"), (await readFile(this.log)).subarray(this.#base, length));
    };
    return { complete };
  }

  async unpack(dir: string): Promise<void> {
    await appendFile(join(dir, "base"), await readFile(join(dir, "rest")));
    await rename(join(dir, "base"), join(dir, "log"));
    await rename(join(dir, "rest"), join(dir, "replayed"));
  }
}

async function openMade() {
  const dataDir = await temporaryDirectory();
  await writeFile(join(dataDir, "log"), "one ");
  const maker = new LogMaker(join(dataDir, "log"));
  const opened = await openTestAgent({ dataDir, engine: Object.assign(new FakeEngine(), { maker }) });
  return { ...opened, maker, append: (text: string) => appendFile(maker.log, text) };
}

it("has the base, and what came until the cut, and nothing that came later", async () => {
  const { agent, backups, append } = await openMade();
  await resultOf(agent.prepare(nightly, forever));
  await append("two ");
  await agent.lock({ ...nightly, ...lockRequest }, forever);
  await agent.snapshot({ ...nightly, round: 1 }, false);
  await append("three ");
  await agent.storeDump({ ...nightly, round: 1 }, dump, sha256Of(dump));
  const meta = await resultOf(agent.seal({ ...nightly, round: 1 }, facts, forever));
  await agent.commit(nightly);
  const data = join(backups, nightly.backupId, "data");
  expect(await readTree(data)).toMatchObject({ base: "one ", rest: "two " });
  expect(meta).toMatchObject({ files: 2, bytes: 8, engine: "fake", hold: { unbroken: true } });
  expect((await resultOf(agent.verify(nightly.backupId, forever))).problems).toEqual([]);
});

it("is unpacked in a copy of its own when it is restored, and stays as it is", async () => {
  const opened = await openMade();
  const { agent, backups, dataDir, append } = opened;
  await commitPiece(opened);
  const piece = await readTree(join(backups, nightly.backupId));
  await append("lost");
  await resultOf(agent.stageRestore(restore, forever));
  await agent.flipRestore(nightly, forever);
  await agent.startRestored(nightly, false, forever);
  await agent.finishRestore(nightly);
  expect(await readFile(join(dataDir, "log"), "utf8")).toBe("one ");
  expect(await readTree(join(backups, nightly.backupId))).toEqual(piece);
});

it("that cannot be unpacked leaves the server on what it has, and nothing staged", async () => {
  const opened = await openMade();
  const { agent, maker, dataDir } = opened;
  await commitPiece(opened);
  maker.unpack = async () => await Promise.reject(new StillpointError("corrupt", "the log has a hole"));
  expect(await rejectionOf(resultOf(agent.stageRestore(restore, forever)))).toMatchObject({ reason: "corrupt" });
  expect(await rejectionOf(agent.flipRestore(nightly, forever))).toMatchObject({ reason: "not-found" });
  expect(await readFile(join(dataDir, "log"), "utf8")).toBe("one ");
});
