// What the claim's key holds: who has the claim, for what, since when. The token is not in it: it is the key's revision.
import { z } from "zod";
import { StillpointError } from "../../proto/errors.ts";
import { printable } from "../../proto/names.ts";
import { parseJson } from "../../runtime/json.ts";
import type { ClaimInfo, ClaimRequest } from "./agency.ts";
import type { StoredEntry } from "./store.ts";

const schema = z.object({
  holder: z.string(),
  backupId: z.string(),
  purpose: z.enum(["create", "restore", "delete", "settle"]),
  since: z.iso.datetime().transform((text) => new Date(text)),
});

export function claimValue({ holder, backupId, purpose }: ClaimRequest, since: Date): Buffer {
  return Buffer.from(JSON.stringify({ holder, backupId, purpose, since }));
}

export function parseClaim({ key, value, createRevision }: StoredEntry): ClaimInfo {
  const parsed = schema.safeParse(parseJson(value));
  if (parsed.success) return { ...parsed.data, token: createRevision };
  const hint = `nothing of Stillpoint wrote it; remove the key "${key}" from the agency when no run is active`;
  const text = printable(value.toString(), 200);
  throw new StillpointError("corrupt", `the agency's claim cannot be read: "${text}"`, { hint });
}

export function claimTaken({ holder, backupId, purpose, since }: ClaimInfo): StillpointError {
  const message = `the claim is held by "${holder}" to ${purpose} backup "${backupId}" since ${since.toISOString()}`;
  return new StillpointError("claim-taken", message);
}
