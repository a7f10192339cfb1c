// One backup by its id, with the agents of today's cluster.
import { StillpointError } from "../proto/errors.ts";
import { type KnownBackup, listBackups } from "./list-backups.ts";
import type { Ports } from "./ports.ts";

/** @throws StillpointError not-found; unreachable, if it is nowhere but not all agents could be asked */
export async function findBackup(id: string, ports: Ports, signal: AbortSignal): Promise<KnownBackup> {
  const { backups, unreachable } = await listBackups(ports, signal, id);
  const backup = backups.find((each) => each.id === id);
  if (backup !== undefined) return backup;
  if (unreachable.length === 0) throw new StillpointError("not-found", `there is no backup "${id}"`);
  const servers = unreachable.map((server) => `"${server.id}"`).join(", ");
  throw new StillpointError("unreachable", `backup "${id}" was not found, but the agents of ${servers} do not answer`);
}
