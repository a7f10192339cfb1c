// Takes a backup while clients write to all servers, and one server has a write transaction that stays open for long.
import { setTimeout as pause } from "node:timers/promises";
import { holdTransaction, type LoadReport, startLoad } from "../../examples/ledger/load.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import { formatCount } from "../format.ts";
import type { Cluster, DemoServer } from "./cluster.ts";
import { createBackup } from "./runs.ts";
import type { Story } from "./story.ts";

const seed = 7420;
const beforeMs = 1000;
const afterMs = 1000;
const longMs = 3000;
/** How long the long transaction is open when the backup begins. */
const longBeforeMs = 500;

export interface BackupUnderLoad {
  backup: Backup;
  /** Transfers that were acknowledged when the backup began. */
  acknowledgedBefore: number;
  /** From the first write to the last, with the backup in the middle. */
  load: LoadReport;
}

export async function backUpUnderLoad(
  { servers, client }: Cluster,
  clients: number,
  story: Story,
  stop: AbortSignal,
): Promise<BackupUnderLoad> {
  await using stack = new AsyncDisposableStack();
  const load = await startLoad({ servers, workers: clients, seed });
  stack.defer(async () => void (await load.stop()));
  story.tell(`${formatCount(clients, "client")} move money between random accounts of random servers`);
  await pause(beforeMs, undefined, { signal: stop });

  const slow = servers[1] as DemoServer;
  const long = holdTransaction(slow, longMs, stop);
  const longEnded = Promise.allSettled([long]);
  stack.defer(async () => void (await longEnded));
  story.tell(`on ${slow.id} somebody opens a write transaction and leaves it open for ${longMs / 1000} s`);
  await pause(longBeforeMs, undefined, { signal: stop });

  const acknowledgedBefore = load.report().transfers;
  story.tell(`${formatCount(acknowledgedBefore, "transfer")} are done; now a backup, while writes go on`);
  const backup = await createBackup(client, "demo", story);

  await long;
  await pause(afterMs, undefined, { signal: stop });
  const report = await load.stop();
  story.tell(`the clients have gone on, and stop now: ${formatCount(report.transfers, "transfer")} in all`);
  return { backup, acknowledgedBefore, load: report };
}
