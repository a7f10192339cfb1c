// Ours and its rivals. All lock the same servers by the same rounds (coordinator/lock-round.ts).
import { type ClusterLock, type LockPolicy, lockCluster } from "../../coordinator/lock-cluster.ts";
import { Round } from "../../coordinator/lock-round.ts";
import type { LockingAgent, LockingPorts } from "../../coordinator/ports.ts";
import type { BackupRun } from "../../coordinator/run.ts";
import { hasReason } from "../../proto/errors.ts";

export interface Strategy {
  name: string;
  /** Undefined if it gave up. */
  lock(
    agents: LockingAgent[],
    run: BackupRun,
    ports: LockingPorts,
    signal: AbortSignal,
  ): Promise<ClusterLock | undefined>;
}

/** As the coordinator has them, if nobody says otherwise. */
export const defaults: LockPolicy = {
  timeoutMs: 120_000,
  firstWaitMs: 1000,
  maxWaitMs: 45_000,
  holdMs: 5000,
  maxStallMs: 0,
  patience: 0.7,
  force: false,
};

export function ours(name = "ours", policy: Partial<LockPolicy> = {}): Strategy {
  return {
    name,
    lock: async (agents, run, ports, signal) => {
      try {
        return await lockCluster(agents, run, { ...defaults, ...policy }, ports, signal);
      } catch (error) {
        if (hasReason(error, "lock-busy")) return undefined;
        throw error;
      }
    },
  };
}

/** All servers at once; the wait is doubled after each round, and not clipped to what is left of the time. */
function allAtOnce(
  name: string,
  { firstWaitMs, maxWaitMs, pauseMs }: { firstWaitMs: number; maxWaitMs: number; pauseMs: (stallMs: number) => number },
): Strategy {
  return {
    name,
    lock: async (agents, run, ports, signal) => {
      const deadline = ports.clock.now() + defaults.timeoutMs;
      for (let waitMs = firstWaitMs; ports.clock.now() < deadline; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
        const round = new Round([agents], { waitMs, cutMs: defaults.holdMs, force: false }, run, ports);
        const { outcome } = await round.lock(async () => [], signal);
        if (outcome === "held") return round;
        await round.release();
        await ports.clock.sleep(pauseMs(run.released?.worstStallMs ?? 0), signal);
      }
      return undefined;
    },
  };
}

/** What ArangoDB's hot backup does: 15 s, 30 s, 60 s, with 0.3 s for writers in between. */
export const modelSystem = allAtOnce("model system", { firstWaitMs: 15_000, maxWaitMs: 3_840_000, pauseMs: () => 300 });
export const plainExponential = allAtOnce("plain exponential", {
  firstWaitMs: 250,
  maxWaitMs: 15_000,
  pauseMs: (stallMs) => stallMs,
});
