// The cut: all servers held, every piece made under its own hold, all let go again.
//
// Why it is consistent: let t be the moment of the last Lock answer. Every server is held at t. Snapshot is asked for only
// after t, and an agent makes the cut only under that very hold (same backup, round and token), unbroken on its own
// clock. So each piece shows exactly the writes that ended before t. A server may let go before the others: what is then
// written there is in no piece, and what depends on it elsewhere is blocked until that server has its own piece.
import { hasReason, StillpointError } from "../proto/errors.ts";
import type { HoldReport } from "../proto/gen/stillpoint/v1/HoldReport.ts";
import type { SnapshotResponse } from "../proto/gen/stillpoint/v1/SnapshotResponse.ts";
import type { Plan } from "./agency/agency.ts";
import { type Answer, mustAll } from "./fan-out.ts";
import { type ClusterLock, type LockPolicy, lockCluster } from "./lock-cluster.ts";
import type { AgentPort, Ports } from "./ports.ts";
import { type BackupRun, lastRound } from "./run.ts";

export interface ClusterCut {
  round: number;
  /** By server id. */
  snapshots: Map<string, SnapshotResponse>;
  /** How each server was held in the round of the cut, by server id; empty without a lock. */
  holds: Map<string, HoldReport>;
  potentiallyInconsistent: boolean;
}

/** Writes go on when it ends, however it ends. */
export async function cutCluster(
  policy: LockPolicy & { allowInconsistent: boolean },
  run: BackupRun,
  agents: AgentPort[],
  plan: Plan,
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterCut> {
  await using lock = await lockUnlessAllowed(policy, run, agents, ports, signal);
  if (lock === undefined) return await takeWithoutLock(policy, run, agents, ports, signal);
  const { round, holdMs } = lock;
  const [taken] = await settled(
    mustAll(agents, (agent) => agent.snapshot(run, { round, withoutHold: false, withinMs: holdMs }, signal)),
    mustStillBe(plan, ports, signal),
  );
  const snapshots = reported(taken, ports);
  return { round, snapshots, holds: await lock.release(), potentiallyInconsistent: false };
}

/** Undefined when the time is up and the caller allows pieces that were taken without a lock. */
async function lockUnlessAllowed(
  policy: LockPolicy & { allowInconsistent: boolean },
  run: BackupRun,
  agents: AgentPort[],
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterLock | undefined> {
  try {
    return await lockCluster(agents, run, policy, ports, signal);
  } catch (error) {
    if (policy.allowInconsistent && hasReason(error, "lock-busy")) return undefined;
    throw error;
  }
}

async function takeWithoutLock(
  { timeoutMs: withinMs }: LockPolicy,
  run: BackupRun,
  agents: AgentPort[],
  ports: Ports,
  signal: AbortSignal,
): Promise<ClusterCut> {
  ports.report({ step: "taken-without-lock" });
  const round = lastRound(run) + 1;
  run.unlockedCut = round;
  const taken = await mustAll(agents, (agent) => agent.snapshot(run, { round, withoutHold: true, withinMs }, signal));
  return { round, snapshots: reported(taken, ports), holds: new Map(), potentiallyInconsistent: true };
}

/** The Plan of the dump must be the Plan at the cut: no server joined, left or changed in between. */
async function mustStillBe(plan: Plan, { agency }: Ports, signal: AbortSignal): Promise<void> {
  if (await agency.isCurrent(plan, signal)) return;
  throw new StillpointError("plan-changed", `the Plan is not any more what it was at revision ${plan.revision}`);
}

function reported(taken: Answer<SnapshotResponse>[], { report }: Ports): Map<string, SnapshotResponse> {
  for (const { agent, value } of taken) {
    const { snapshotMs, deltaFiles, hold } = value;
    report({ step: "snapshot", serverId: agent.serverId, stallMs: hold?.stallMs ?? 0, snapshotMs, deltaFiles });
  }
  return new Map(taken.map(({ agent, value }) => [agent.serverId, value]));
}

/** Both results, or the first error in order; but only when both have come to their end. */
async function settled<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}
