// Proves that a backup is consistent, or finds that it is not:
//
//   1 read the pieces: no transfer is torn, and the sum of all balances is what it was
//   2 compare with what the clients saw: nothing from before the backup is missing, and nothing is in it that never was
//   3 verify it: sizes, checksums, one cut
//   4 restore it: the servers have exactly what the pieces had
//   5 write again
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { backupsDirectory } from "../../agent/piece-store.ts";
import { formatCount } from "../format.ts";
import type { BackupUnderLoad } from "./backup-under-load.ts";
import type { Cluster } from "./cluster.ts";
import type { Check, DemoEngine, LoadReport } from "./engines/demo-engine.ts";
import { restoreBackup, verifyBackup } from "./runs.ts";
import type { Story } from "./story.ts";

export interface Proof {
  /** What is wrong, for a person; empty if the backup is consistent. */
  problems: string[];
  /** What is in the backup. */
  check: Check;
  /** The restore's: a lock by hand needs a larger one. */
  lastToken: number;
}

const writeAgainMs = 500;

interface Proved {
  engine: DemoEngine;
  cluster: Cluster;
  /** A directory for copies; it is not there yet. */
  scratch: string;
}

export async function prove(
  { engine, cluster, scratch }: Proved,
  made: BackupUnderLoad,
  story: Story,
  stop: AbortSignal,
): Promise<Proof> {
  const { servers, client } = cluster;
  const { id } = made.backup;
  const pieces = servers.map(({ dataDir }) => ({ dataDir: join(dataDir, backupsDirectory, id, "data") }));
  const backedUp = await engine.check(pieces, scratch); // 1
  const { transfers, total } = backedUp;
  story.tell(`the backup has ${formatCount(transfers, "transfer")}; the sum of all accounts is ${amount(total)}`);
  const problems = [...problemsOf(backedUp, "in the backup"), ...misfits(backedUp, made)]; // 2
  problems.push(...(await verifyBackup(client, id, story))); // 3
  const lastToken = await restoreBackup(client, id, story); // 4
  const restored = await engine.check(servers, scratch);
  story.tell(`the servers have ${formatCount(restored.transfers, "transfer")}; the sum is ${amount(restored.total)}`);
  problems.push(...problemsOf(restored, "after the restore"), ...differences(backedUp, restored));
  const again = await writeAgain(engine, cluster, stop); // 5
  story.tell(`they take writes again: ${formatCount(again.transfers, "transfer")}`);
  if (again.transfers === 0) problems.push(`no writes are possible after the restore: ${again.lastFailure}`);
  return { problems, check: backedUp, lastToken };
}

function problemsOf({ onOneSideOnly, transfers, total, expectedTotal }: Check, where: string): string[] {
  const [halves, all] = [onOneSideOnly.length.toLocaleString("en-US"), formatCount(transfers, "transfer")];
  return [
    ...(onOneSideOnly.length > 0 ? [`${where}, ${halves} of ${all} are on one of two servers only`] : []),
    ...(total !== expectedTotal ? [`${where}, the sum is ${amount(total)}; it was ${amount(expectedTotal)}`] : []),
  ];
}

/** A transfer that was given up may have been done all the same. */
function misfits({ transfers }: Check, { acknowledgedBefore, load }: BackupUnderLoad): string[] {
  if (transfers === 0) return ["the backup has no transfers, so it proves nothing"];
  if (transfers < acknowledgedBefore)
    return [`the backup lacks ${formatCount(acknowledgedBefore - transfers, "transfer")} from before it began`];
  const most = load.transfers + load.failed;
  return transfers > most ? [`the backup has ${formatCount(transfers - most, "transfer")} that nobody made`] : [];
}

function differences(backedUp: Check, restored: Check): string[] {
  if (restored.transfers === backedUp.transfers && restored.total === backedUp.total) return [];
  return ["the restored servers do not have what the backup had"];
}

async function writeAgain(engine: DemoEngine, { servers }: Cluster, stop: AbortSignal): Promise<LoadReport> {
  const load = await engine.startLoad(servers, servers.length);
  try {
    await pause(writeAgainMs, undefined, { signal: stop });
  } finally {
    await load.stop();
  }
  return load.report();
}

function amount(coins: number): string {
  return coins.toLocaleString("en-US");
}
