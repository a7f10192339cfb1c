// Takes a backup while clients write to all servers, and one of the servers makes it hard.
import { setTimeout as pause } from "node:timers/promises";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import { formatCount } from "../format.ts";
import type { Cluster } from "./cluster.ts";
import type { DemoEngine, DemoServer, LoadReport } from "./engines/demo-engine.ts";
import { createBackup } from "./runs.ts";
import type { Story } from "./story.ts";

const beforeMs = 1000;
const afterMs = 1000;
/** How long there is trouble when the backup begins. */
const troubleBeforeMs = 500;

export interface BackupUnderLoad {
  backup: Backup;
  /** Transfers that were acknowledged when the backup began. */
  acknowledgedBefore: number;
  /** From the first write to the last, with the backup in the middle. */
  load: LoadReport;
}

export async function backUpUnderLoad(
  engine: DemoEngine,
  { servers, client }: Cluster,
  clients: number,
  story: Story,
  stop: AbortSignal,
): Promise<BackupUnderLoad> {
  await using stack = new AsyncDisposableStack();
  const load = await engine.startLoad(servers, clients);
  stack.defer(async () => void (await load.stop()));
  story.tell(`${formatCount(clients, "client")} move money between random accounts of random servers`);
  await pause(beforeMs, undefined, { signal: stop });

  const troubled = servers[1] as DemoServer;
  const trouble = engine.makeTrouble(troubled, stop);
  stack.defer(async () => void (await Promise.allSettled([trouble.end()])));
  story.tell(`on ${troubled.id} ${trouble.what}`);
  await pause(troubleBeforeMs, undefined, { signal: stop });

  const acknowledgedBefore = load.report().transfers;
  story.tell(`${formatCount(acknowledgedBefore, "transfer")} are done; now a backup, while writes go on`);
  const backup = await createBackup(client, "demo", story);

  await trouble.end();
  await pause(afterMs, undefined, { signal: stop });
  const report = await load.stop();
  story.tell(`the clients have gone on, and stop now: ${formatCount(report.transfers, "transfer")} in all`);
  return { backup, acknowledgedBefore, load: report };
}
