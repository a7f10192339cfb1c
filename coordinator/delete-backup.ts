// Removes a backup from all agents, and its record. Needs the claim: nothing is removed while it is made or restored.
import { StillpointError } from "../proto/errors.ts";
import { askAll, mustAll, worst } from "./fan-out.ts";
import { findBackup } from "./find-backup.ts";
import { serversOf } from "./plan.ts";
import type { Ports } from "./ports.ts";

export interface Deleted {
  serverIds: string[];
  bytes: number;
}

export async function deleteBackup(id: string, ports: Ports, stop: AbortSignal): Promise<Deleted> {
  const { agency, holder } = ports;
  await findBackup(id, ports, stop);
  await using claim = await agency.claim({ holder, backupId: id, purpose: "delete" }, stop);
  const signal = AbortSignal.any([stop, claim.signal]);
  const agents = ports.connect(serversOf(await agency.readPlan(signal)));
  await mustAll(agents, (agent) => agent.describe(false, signal)); // all or none: a piece that stays would be PARTIAL
  const run = { backupId: id, token: claim.token };
  const { answers, failures } = await askAll(agents, (agent) => agent.deletePiece(run, signal));
  if (failures.length > 0) {
    const { reason, message } = worst(failures);
    const hint = "some pieces are gone: the backup is PARTIAL now; delete it again when the server answers";
    throw new StillpointError(reason, message, { hint });
  }
  await claim.forget(id);
  const removed = answers.filter(({ value }) => value.existed);
  return {
    serverIds: removed.map(({ agent }) => agent.serverId),
    bytes: removed.reduce((sum, { value }) => sum + value.bytes, 0),
  };
}
