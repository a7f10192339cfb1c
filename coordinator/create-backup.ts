// Takes one consistent backup of the whole cluster.
//
//   1 claim the cluster's backup slot
//   2 read the Plan at one revision: it names the servers and their agents
//   3 inspect every agent: any "no" ends the backup here, before a single write is blocked
//   4 write the run's job, and prepare every piece without any lock
//   5 lock all servers, in rounds
//   6 snapshot every server, which lets its writes go at once; meanwhile see that the Plan is still the one of step 2
//   7 release every agent, whatever happened, and learn how long each was held
//   8 store the dump beside every piece and seal every piece; decide; commit every piece
//   9 record the backup in the agency, and give the claim back
//
// A failure before it is decided lets all writes go and removes every piece by the backup's full id. Once the job says that
// all pieces are sealed it is a backup: it is finished by this run, or by whoever claims the cluster next (take-over.ts).
import { randomUUID } from "node:crypto";
import { hasReason, type StillpointError } from "../proto/errors.ts";
import { backupIdOf } from "../proto/names.ts";
import type { Claim } from "./agency/agency.ts";
import { cutCluster } from "./cut-cluster.ts";
import { inspectCluster } from "./inspect-cluster.ts";
import type { LockPolicy } from "./lock-cluster.ts";
import { preparePieces } from "./pieces.ts";
import { dumpOf, serversOf } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { type BackupRecord, recordOf } from "./record.ts";
import type { BackupRun } from "./run.ts";
import { claimCluster } from "./take-over.ts";
import { wholeError } from "./whole-error.ts";

export interface BackupRequest extends LockPolicy {
  /** Undefined: a UUID. */
  label: string | undefined;
  /** When the time is up, take the pieces without a lock. */
  allowInconsistent: boolean;
}

export async function createBackup(request: BackupRequest, ports: Ports, stop: AbortSignal): Promise<BackupRecord> {
  const { clock, holder } = ports;
  const createdAt = clock.date();
  const label = request.label ?? randomUUID();
  const backupId = backupIdOf(createdAt, label);

  await using claim = await claimCluster({ holder, backupId, purpose: "create" }, ports, stop); // 1
  ports.report({ step: "claimed", backupId, token: claim.token });
  const signal = AbortSignal.any([stop, claim.signal]);

  const run: BackupRun = { backupId, token: claim.token, label, createdAt, rounds: [] };
  for (;;) {
    try {
      return await takeOnce(request, run, claim, ports, signal);
    } catch (error) {
      const { deadline = 0 } = run;
      const isLast = !isWorthAnotherTry(error, request) || clock.now() >= deadline;
      if (isLast) throw wholeError(error, run, request);
      run.failure = error.message;
      ports.report({ step: "taking-again", reason: error.message });
    }
  }
}

async function takeOnce(
  request: BackupRequest,
  run: BackupRun,
  claim: Claim,
  ports: Ports,
  signal: AbortSignal,
): Promise<BackupRecord> {
  const plan = await ports.agency.readPlan(signal); // 2
  const agents = ports.connect(serversOf(plan));
  const serverIds = agents.map(({ serverId }) => serverId);
  ports.report({ step: "plan-read", planRevision: plan.revision, serverIds });

  await inspectCluster(agents, run, ports, signal); // 3
  await using pieces = await preparePieces(agents, run, claim, ports, signal); // 4
  const cut = await cutCluster(request, run, agents, plan, ports, signal); // 5, 6, 7

  await pieces.storeDump(cut.round, dumpOf(plan), signal); // 8
  const sealed = await pieces.seal({ planRevision: plan.revision, serverIds, ...cut }, signal);
  const record = recordOf(run, { planRevision: plan.revision, sealed, ...cut });
  await pieces.decide(record, signal);
  await pieces.commit();
  await pieces.record(record); // 9
  return record;
}

/** Somebody changed the cluster, or the hold that `maxStallMs` allowed was too short: the next try may do better. */
function isWorthAnotherTry(error: unknown, { maxStallMs }: BackupRequest): error is StillpointError {
  return hasReason(error, "plan-changed") || (maxStallMs > 0 && hasReason(error, "hold-lost"));
}
