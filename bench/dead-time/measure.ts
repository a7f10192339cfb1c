// One backup's lock, on a virtual clock: what it cost the writers, and how long it took.
import type { BackupRun } from "../../coordinator/run.ts";
import { Random } from "../../test/simulation/random.ts";
import { VirtualClock } from "../../test/support/virtual-clock.ts";
import { never, SimulatedServer } from "./server.ts";
import { defaults, type Strategy } from "./strategies.ts";
import type { Workload } from "./workloads.ts";

export interface Measured {
  /** From the beginning to the lock, or to giving up. */
  timeMs: number;
  /** The stalls of all servers in all rounds. */
  deadTimeMs: number;
  /** The longest stall of a server: how long a client's write was blocked. */
  longestMs: number;
  /** Within the time-out. */
  succeeded: boolean;
}

const servers = 16;
/** From the last lock to the cut. */
const cutMs = 5;

/** The same seed gives every strategy the same transactions. */
export async function measure({ begin, warmUpMs }: Workload, strategy: Strategy, seed: number): Promise<Measured> {
  const clock = new VirtualClock();
  const chance = new Random(seed);
  const agents = Array.from({ length: servers }, (_, index) => new SimulatedServer(`db${index + 1}`, clock));
  begin({ servers: agents, clock, chance: chance.split("workload") });
  await clock.advance(warmUpMs(chance.split("warm up")));
  const beginAt = clock.now();
  const ports = { clock, random: chance.split("jitter").next, report: () => {} };
  const run: BackupRun = { backupId: "backup", token: 1, label: "backup", createdAt: clock.date(), rounds: [] };
  const timeMs = await clock.run(
    (async () => {
      const lock = await strategy.lock(agents, run, ports, never);
      const lockedAt = clock.now();
      if (lock !== undefined) await clock.sleep(cutMs, never);
      await lock?.release();
      return lock === undefined ? Number.POSITIVE_INFINITY : lockedAt - beginAt;
    })(),
  );
  const stallsMs = agents.flatMap((agent) => agent.stallsMs);
  return {
    timeMs: Math.min(timeMs, defaults.timeoutMs),
    deadTimeMs: stallsMs.reduce((sum, ms) => sum + ms, 0),
    longestMs: Math.max(0, ...stallsMs),
    succeeded: timeMs <= defaults.timeoutMs,
  };
}
