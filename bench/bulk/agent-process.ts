// An agent alone in its process, as in life, which does what it is asked to and answers how many milliseconds that took.
import { join } from "node:path";
import { Agent } from "../../agent/agent.ts";
import { nodeDisk } from "../../agent/disk.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { RestoreArea } from "../../agent/restore.ts";
import { systemClock } from "../../runtime/clock.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { cutPiece, facts, forever, resultOf } from "../../test/support/test-agent.ts";

export interface BulkRequest {
  what: "seal" | "verify" | "stageByLinks";
  backupId: string;
  /** Larger by two each time: what is deleted first is a run of its own. */
  token: number;
}

type Run = Omit<BulkRequest, "what">;

const dataDir = process.argv[2] as string;
const layout = globLayout({ immutable: ["*.sst"] });
const agent = new Agent({
  ...{ serverId: "db1", version: "bench", dataDir, engine: new FakeEngine(), layout },
  ...{ disk: nodeDisk, clock: systemClock, list: listFiles, report: () => {} },
});

const works: Record<BulkRequest["what"], (run: Run) => Promise<number>> = {
  seal,
  verify: ({ backupId }) => timed(() => resultOf(agent.verify(backupId, forever))),
  stageByLinks,
};

/** Of a piece that was just cut; all others are deleted. */
async function seal({ backupId, token }: Run): Promise<number> {
  for (const { id } of await agent.listPieces("")) await agent.deletePiece({ backupId: id, token });
  const run = { backupId, token: token + 1 };
  await cutPiece({ agent }, run);
  const ms = await timed(() => resultOf(agent.seal({ ...run, round: 1 }, facts, forever)));
  await agent.commit(run);
  return ms;
}

/** What a restore builds beside the data, without the look at all checksums before it. */
async function stageByLinks(run: Run): Promise<number> {
  const data = join(dataDir, "backups", run.backupId, "data");
  const area = new RestoreArea({ dataDir, layout, disk: { ...nodeDisk, clone: async () => false } });
  const listing = await listFiles(data);
  const ms = await timed(() => area.stage(run, { data, listing }, forever));
  await area.undo();
  return ms;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

await agent.open(forever);
process.on("message", async ({ what, ...run }: BulkRequest) => process.send?.(await works[what](run)));
process.once("disconnect", () => process.exit());
process.send?.("listening");
