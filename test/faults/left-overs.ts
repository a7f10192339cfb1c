// What a run may have left behind: on the servers' disks, and in the agency.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { backupsDirectory } from "../../agent/piece-store.ts";
import type { FaultCluster } from "./fault-cluster.ts";

/** Below the agency's root: the claim, and the jobs of runs that are not over. */
const ofRuns = "/stillpoint/Target/HotBackup/";

/** One line for each, empty if there is nothing. */
export async function leftOvers({ servers, etcd }: FaultCluster): Promise<string[]> {
  const onDisk = await Promise.all(servers.map(({ id, dataDir }) => leftOnDisk(id, join(dataDir, backupsDirectory))));
  return [...onDisk.flat(), ...(await keysBelow(etcd.endpoints[0] as string, ofRuns))];
}

async function leftOnDisk(server: string, backups: string): Promise<string[]> {
  const marks = (await readdir(backups)).filter((name) => [".restoring", ".server-stopped"].includes(name));
  const below = await Promise.all(
    [".staging", ".trash"].map(async (name) => (await readdir(join(backups, name))).map((each) => `${name}/${each}`)),
  );
  return [...marks, ...below.flat()].map((name) => `${server}: backups/${name}`);
}

/** Asks etcd itself, through its JSON gateway. */
async function keysBelow(endpoint: string, prefix: string): Promise<string[]> {
  const last = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  const request = { key: base64(prefix), range_end: base64(last), keys_only: true };
  const answer = await fetch(`http://${endpoint}/v3/kv/range`, { method: "POST", body: JSON.stringify(request) });
  const { kvs = [] } = (await answer.json()) as { kvs?: { key: string }[] };
  return kvs.map(({ key }) => `agency: ${Buffer.from(key, "base64")}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
