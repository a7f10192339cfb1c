// Whether there is space to stage a restore, looked at before anything is built.
import { StillpointError } from "../proto/errors.ts";
import { formatBytes } from "../runtime/units.ts";
import { measureFiles } from "./inspect.ts";
import type { Source } from "./staged-data.ts";

/** For what must be copied where the file system has no reflinks. @throws StillpointError no-space */
export async function mustHaveSpace(server: Source & { serverId: string }, pieceData: string): Promise<void> {
  const { neededBytes, neededInodes } = await measureFiles({ ...server, dataDir: pieceData });
  const { freeBytes, freeInodes = neededInodes } = await server.disk.space(server.dataDir);
  if (freeBytes >= neededBytes && freeInodes >= neededInodes) return;
  const needs = `${formatBytes(neededBytes)} and ${neededInodes} inodes`;
  const has = `${formatBytes(freeBytes)} and ${freeInodes}`;
  throw new StillpointError(
    "no-space",
    `no space to restore on server "${server.serverId}": needs ${needs}, has ${has} free`,
  );
}
