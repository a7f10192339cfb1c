// META.json: what a piece says of itself. It is written last, so a directory without it is not a piece.
import { z } from "zod";
import { StillpointError } from "../proto/errors.ts";
import type { HoldReport } from "./lock-session.ts";

const formatVersion = 1;

/** Many times what META.json can have: the ids of 10,000 servers are a megabyte. */
export const largestMetaBytes = 16 * 1024 * 1024;

const instant = z.iso.datetime().transform((text) => new Date(text));
const duration = z.number().nonnegative();
const count = z.number().int().nonnegative();

const holdSchema = z.object({
  round: count,
  askedAt: instant,
  heldAt: instant.optional(),
  endedAt: instant,
  lockWaitMs: duration,
  heldMs: duration,
  stallMs: duration,
  unbroken: z.boolean(),
  endedBy: z.enum(["released", "snapshot", "expired", "lost", "gave-up", "superseded", "shutdown"]),
  longestBlockedWriteMs: duration,
});

const metaSchema = z.object({
  formatVersion: z.literal(formatVersion),
  id: z.string(),
  label: z.string(),
  serverId: z.string(),
  serverIds: z.array(z.string()).min(1),
  createdAt: instant,
  agentVersion: z.string(),
  engine: z.string(),
  engineVersion: z.string(),
  layout: z.string(),
  token: count,
  planRevision: count,
  potentiallyInconsistent: z.boolean(),
  files: count,
  bytes: count,
  /** Absent in a piece that was taken without a lock. */
  hold: holdSchema.optional(),
  snapshotMs: duration,
  cutAt: instant,
  /** SHA-256 of SHA256SUMS, which has those of all other files. */
  checksumsSha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Of any version, also a newer one. */
const versionSchema = z.object({ formatVersion: z.number() });

export type Meta = z.output<typeof metaSchema>;

export function metaToJson(meta: Omit<Meta, "formatVersion">): string {
  return `${JSON.stringify({ formatVersion, ...meta }, null, 2)}\n`;
}

/** @throws StillpointError corrupt, or version if a newer Stillpoint wrote it */
export function metaFromJson(text: string, where: string): Meta {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new StillpointError("corrupt", `${where} is not JSON`, { cause });
  }
  const found = versionSchema.safeParse(parsed).data?.formatVersion;
  if (found !== undefined && found > formatVersion) {
    const hint = "install the version of Stillpoint that made this backup, or a newer one";
    throw new StillpointError("version", `${where} has format ${found}, this version knows ${formatVersion}`, { hint });
  }
  const result = metaSchema.safeParse(parsed);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join(".") || "it";
  const problem = issue?.message.replace("received undefined", "and it is missing");
  throw new StillpointError("corrupt", `${where} is damaged: ${field}: ${problem}`);
}

/** The cut lies within an unbroken hold of this server. */
export function provesCut(meta: { hold?: HoldReport | undefined; cutAt: Date }): boolean {
  const { hold, cutAt } = meta;
  return hold?.heldAt !== undefined && hold.unbroken && hold.heldAt <= cutAt && cutAt <= hold.endedAt;
}
