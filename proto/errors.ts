// The error table: every way in which a call can fail, with what to do about it. The gRPC codes are in wire.ts.

/** A write transaction in the way of a lock. Durations in milliseconds. */
export interface WriteTransaction {
  id: string;
  ageMs: number;
  owner: string;
  description: string;
  /** The server that it is on; empty where that server's own agent or engine says it. */
  serverId?: string;
}

interface ErrorKind {
  /** What is worth repeating: this call, the whole backup, or nothing before somebody has mended something. */
  retry: "call" | "backup" | "after-mending";
  /** What a person should do, where the error itself does not say it better. */
  hint: string;
}

export const errorTable = {
  "lock-busy": {
    retry: "backup",
    hint: "wait for the write transactions in the way to end, give a longer --timeout, or abort them with --force",
  },
  "held-by-another": { retry: "after-mending", hint: "stillpoint status shows who holds the server" },
  "hold-lost": { retry: "backup", hint: "look at the agent's and the server's log; a longer --hold may help" },
  "stale-round": { retry: "after-mending", hint: "this run is over; begin a new one" },
  "plan-changed": { retry: "backup", hint: "try again when the cluster's topology and schema are left alone" },
  "claim-taken": { retry: "backup", hint: "wait for that run to end; stillpoint status shows it" },
  "claim-lost": { retry: "backup", hint: "look whether the agency can be reached, then try again" },
  "no-space": { retry: "after-mending", hint: "delete an old backup (stillpoint list, stillpoint delete ID)" },
  "cross-device": {
    retry: "after-mending",
    hint: "hard links need the data and its backups directory on one file system: move or mount them together",
  },
  "not-found": { retry: "after-mending", hint: "stillpoint list shows what there is" },
  invalid: { retry: "after-mending", hint: "stillpoint help COMMAND shows what is allowed" },
  topology: {
    retry: "after-mending",
    hint: "give the servers of the backup new homes with --map OLD=NEW, one for each that is gone",
  },
  version: { retry: "after-mending", hint: "install the version that the backup was taken with" },
  corrupt: { retry: "after-mending", hint: "use another backup; stillpoint verify ID tells which files are damaged" },
  unreachable: { retry: "call", hint: "look whether the process runs and its address is right (stillpoint status)" },
  denied: {
    retry: "after-mending",
    hint: "use a certificate or token that has the role, or give it the role in the service's configuration (roles, tokens)",
  },
  unauthenticated: { retry: "after-mending", hint: "show who you are: --token-file FILE, or STILLPOINT_TOKEN" },
  cancelled: { retry: "backup", hint: "nothing is left of it; begin again when you like" },
  internal: { retry: "after-mending", hint: "this is a defect of Stillpoint; its log has the details" },
} as const satisfies Record<string, ErrorKind>;

export type Reason = keyof typeof errorTable;

export interface ErrorDetails {
  hint?: string;
  cause?: unknown;
  /** Only with lock-busy: who is in the way, oldest first. */
  blockers?: WriteTransaction[];
}

/** An error that a person or a caller can act on. It travels over gRPC unchanged (wire.ts). */
export class StillpointError extends Error {
  override readonly name = "StillpointError";
  readonly reason: Reason;
  readonly hint: string;
  readonly blockers: WriteTransaction[];

  constructor(reason: Reason, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.hint = details.hint ?? errorTable[reason].hint;
    this.blockers = details.blockers ?? [];
  }
}

export function isReason(text: string): text is Reason {
  return Object.hasOwn(errorTable, text);
}

export function hasReason(error: unknown, ...reasons: Reason[]): error is StillpointError {
  return error instanceof StillpointError && reasons.includes(error.reason);
}

/** What any thrown thing says, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
