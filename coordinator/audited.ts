// Work that leaves a line in the audit log, whatever comes of it.
import type { Caller } from "../proto/access.ts";
import { messageOf, StillpointError } from "../proto/errors.ts";
import type { Audit, AuditEntry } from "../runtime/audit.ts";
import type { Ports, RunEvent } from "./ports.ts";

export type Work<Result> = (ports: Ports, stop: AbortSignal) => Promise<Result>;

export interface Deed {
  action: string;
  caller: Caller;
  /** Unless the work tells it, by its claim. */
  backupId?: string;
}

export function audited<Result>(audit: Audit, deed: Deed, work: Work<Result>): Work<Result> {
  return async (ports, stop) => {
    const { action, caller, backupId } = deed;
    const beganAt = ports.clock.now();
    const entry: Omit<AuditEntry, "outcome"> = { action, who: caller.name, peer: caller.peer, backupId };
    const write = (end: Pick<AuditEntry, "outcome" | "problem">) =>
      audit({ ...entry, ...end, durationMs: Math.round(ports.clock.now() - beganAt) });
    const report = (event: RunEvent) => {
      if (event.step === "claimed") entry.backupId = event.backupId;
      ports.report(event);
    };
    try {
      const result = await work({ ...ports, report }, stop);
      write({ outcome: "ok" });
      return result;
    } catch (error) {
      write({ outcome: error instanceof StillpointError ? error.reason : "internal", problem: messageOf(error) });
      throw error;
    }
  };
}
