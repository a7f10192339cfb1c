// The demo: what Stillpoint is for, on one machine, in a few seconds.
//
//   1 start a small cluster
//   2 take a backup under load, and go on writing
//   3 prove that it is consistent, and restore it
//   4 say what came of it
//   5 with `keep`: let the cluster run, and say what to try
//
// Whatever it started ends with it, also if it is killed. Its directory goes too, unless it is killed, or there is something
// to find out in it.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StillpointError } from "../../proto/errors.ts";
import type { DemoOptions } from "../commands/demo.ts";
import { exitCodes } from "../exit-codes.ts";
import { detailedBackupJson } from "../json.ts";
import { backUpUnderLoad } from "./backup-under-load.ts";
import { startCluster } from "./cluster.ts";
import { commandsToTry } from "./commands-to-try.ts";
import type { DemoEngine } from "./engines/demo-engine.ts";
import { mustBeOnPath } from "./must-be-on-path.ts";
import { prove } from "./proof.ts";
import { resultJson, resultText } from "./result.ts";
import { Story } from "./story.ts";

/** Where `stillpoint` looks for a coordinator. */
const usualPort = 7420;

/** Resolves with the exit code when all that it started has ended. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { agency, output, stop } = options;
  if (agency === "etcd") await mustBeOnPath("etcd", "etcd-server", "leave out --agency etcd");
  const engine = await engineOf(options.engine);
  await engine.mustBeInstalled();
  const directory = await mkdtemp(join(tmpdir(), "stillpoint-demo-"));
  let isOfUse = true;
  try {
    const consistent = await runIn(directory, engine, options);
    isOfUse = !consistent;
    return consistent ? 0 : exitCodes.corrupt;
  } catch (error) {
    if (!stop.aborted) throw error;
    isOfUse = false;
    throw new StillpointError("cancelled", "the demo was stopped", { hint: "", cause: error });
  } finally {
    if (isOfUse) output.say(`data, backups and logs are left for you to look at, in ${directory}`);
    else await rm(directory, { recursive: true });
  }
}

/** Whether the backup is consistent. */
async function runIn(directory: string, engine: DemoEngine, options: DemoOptions): Promise<boolean> {
  const { agency, clients, keep, lie, output, stop } = options;
  const story = new Story(output);
  const others = agency === "etcd" ? "a coordinator, and etcd" : "and a coordinator";
  story.tell(`starting three database servers, an agent beside each, ${others}`);
  await using cluster = await startCluster(
    { directory, engine, agency, lie, preferredPort: keep ? usualPort : 0 },
    stop,
  ); // 1
  const made = await backUpUnderLoad(engine, cluster, clients, story, stop); // 2
  const detailed = detailedBackupJson(await cluster.client.getBackup(made.backup.id));
  const proof = await prove({ engine, cluster, scratch: join(directory, "check") }, made, story, stop); // 3
  const findings = { engine, cluster, made, detailed, proof };
  output.result(resultJson(findings), (look) => resultText(findings, look)); // 4
  if (keep) {
    output.say((look) => commandsToTry(findings, look)); // 5
    if (!stop.aborted) await once(stop, "abort");
  }
  return proof.problems.length === 0;
}

/** Only the one that is asked for is loaded. */
async function engineOf(kind: DemoOptions["engine"]): Promise<DemoEngine> {
  switch (kind) {
    case "ledger":
      return (await import("./engines/ledger.ts")).ledgerDemo;
    case "redis":
      return (await import("./engines/redis.ts")).redisDemo;
    case "mariadb":
      return (await import("./engines/mariadb.ts")).mariadbDemo;
  }
}
