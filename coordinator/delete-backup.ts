// Removes a backup from all agents, and its record. Needs the claim: nothing is removed while it is made or restored.
// Once it has begun it goes on, also when its caller goes away, or by whoever has the claim next, until nothing is left: there
// is no half of a backup.
import { StillpointError } from "../proto/errors.ts";
import { askAll, mustAll, worst } from "./fan-out.ts";
import { findBackup } from "./find-backup.ts";
import { jobOf, jobToJson } from "./job.ts";
import { serversOf } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { claimCluster } from "./take-over.ts";

export interface Deleted {
  serverIds: string[];
  bytes: number;
}

export async function deleteBackup(id: string, ports: Ports, stop: AbortSignal): Promise<Deleted> {
  const { agency, holder } = ports;
  await findBackup(id, ports, stop);
  await using claim = await claimCluster({ holder, backupId: id, purpose: "delete" }, ports, stop);
  const signal = AbortSignal.any([stop, claim.signal]);
  const agents = ports.connect(serversOf(await agency.readPlan(signal)));
  await mustAll(agents, (agent) => agent.describe(false, signal)); // all or none: a piece that stays would be PARTIAL
  const run = { backupId: id, token: claim.token };
  signal.throwIfAborted();
  await claim.journal(id, jobToJson({ ...jobOf(run, agents, ports), phase: "deleting" }));
  const { answers, failures } = await askAll(agents, (agent) => agent.deletePiece(run, claim.signal));
  if (failures.length > 0) {
    const { reason, message } = worst(failures);
    const hint = "some pieces are gone: the backup is PARTIAL now; the rest is removed when the server answers";
    throw new StillpointError(reason, message, { hint });
  }
  await claim.forget(id);
  const removed = answers.filter(({ value }) => value.existed);
  return {
    serverIds: removed.map(({ agent }) => agent.serverId),
    bytes: removed.reduce((sum, { value }) => sum + value.bytes, 0),
  };
}
