// A backup as a client of the coordinator takes it.
import type { CoordinatorClient } from "../cli/coordinator-client.ts";
import type { Backup } from "../proto/gen/stillpoint/v1/Backup.ts";
import type { RunEvent } from "../proto/gen/stillpoint/v1/RunEvent.ts";

/** @throws StillpointError of the run */
export async function backUp(
  client: CoordinatorClient,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<Backup> {
  for await (const { event, backup } of client.createBackup({})) {
    if (event) onEvent(event);
    if (backup) return backup;
  }
  throw new Error("the coordinator ended its answer early");
}
