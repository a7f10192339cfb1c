// The audit log: who did what, and what came of it. One line each in the service's log, whatever its level, marked with
// `audit: true`.
import type { Log } from "./log.ts";

export interface AuditEntry {
  action: string;
  /** Whose certificate or token it was, or "anonymous". */
  who: string;
  peer: string;
  /** Undefined or "": of none in particular. */
  backupId?: string | undefined;
  /** "ok", or the reason of the failure. */
  outcome: string;
  problem?: string;
  durationMs?: number;
}

export type Audit = (entry: AuditEntry) => void;

export function auditTo(log: Log): Audit {
  const lines = log.child({ audit: true }, { level: "info" });
  return (entry) => {
    const { action, backupId, who, outcome } = entry;
    lines.info(entry, `${[action, backupId].filter(Boolean).join(" ")} by ${who}: ${outcome}`);
  };
}
