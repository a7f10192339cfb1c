// The same strategies on real processes: three ledger servers with their agents, clients that write all the time, and one
// transaction that stays open on one of them.
import { setTimeout as pause } from "node:timers/promises";
import { AgentClients } from "../../coordinator/agent-client.ts";
import type { LockingPorts } from "../../coordinator/ports.ts";
import type { BackupRun } from "../../coordinator/run.ts";
import { holdTransaction } from "../../examples/ledger/load.ts";
import { systemClock } from "../../runtime/clock.ts";
import { Cluster } from "../../test/support/cluster.ts";
import type { Measured } from "./measure.ts";
import { defaults, type Strategy } from "./strategies.ts";

export const forReal = "for real: 3 ledger servers, one of 4 s";
const openMs = 4000;
const openBeforeMs = 1000;
const forever = new AbortController().signal;

/** Each strategy in turn, so many times. */
export async function measureForReal(strategies: readonly Strategy[], times: number): Promise<Measured[][]> {
  const cluster = await Cluster.start(3);
  const clients = new AgentClients();
  const load = await cluster.load();
  const measured = strategies.map((): Measured[] => []);
  try {
    for (let token = 1; token <= times * strategies.length; token++) {
      const index = token % strategies.length;
      const strategy = strategies[index] as Strategy;
      measured[index]?.push(await measureOnce(cluster, clients, strategy, token));
    }
    return measured;
  } finally {
    await load.stop();
    clients.close();
    await cluster.stop();
  }
}

async function measureOnce(
  { servers }: Cluster,
  clients: AgentClients,
  strategy: Strategy,
  token: number,
): Promise<Measured> {
  const long = holdTransaction(servers[1] as (typeof servers)[0], openMs, forever);
  await pause(openBeforeMs);
  const stallsMs: number[] = [];
  const report: LockingPorts["report"] = (event) => {
    if (event.step === "released") stallsMs.push(event.stallMs);
  };
  const run: BackupRun = { backupId: `bench-${token}`, token, label: "bench", createdAt: new Date(), rounds: [] };
  const beginAt = systemClock.now();
  const ports = { clock: systemClock, random: Math.random, report };
  const lock = await strategy.lock(clients.connect(servers), run, ports, forever);
  const timeMs = systemClock.now() - beginAt;
  await lock?.release();
  await long;
  return {
    timeMs,
    deadTimeMs: stallsMs.reduce((sum, ms) => sum + ms, 0),
    longestMs: Math.max(0, ...stallsMs),
    succeeded: lock !== undefined && timeMs <= defaults.timeoutMs,
  };
}
