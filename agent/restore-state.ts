// What the state file of a restore says (restore.ts): what was begun, and what is needed to undo it.
import { z } from "zod";
import { isBackupId } from "../proto/names.ts";
import { parseJson } from "../runtime/json.ts";
import { sha256 } from "./checksums.ts";

/** Whatever the file says, nothing is moved that is not an entry of one of our own directories. */
const entryName = z
  .string()
  .regex(/^[^/\0]+$/)
  .refine((name) => name !== "." && name !== "..");

const stateSchema = z.object({
  backupId: z.string().refine(isBackupId),
  token: z.int().positive(),
  phase: z.enum(["staged", "flipping", "flipped"]),
  /** Names in the data directory before the flip, without those that stay. */
  oldNames: z.array(entryName),
  /** Of those among them whose mode must be changed for a moment to move them. */
  oldModes: z.array(z.object({ name: entryName, mode: z.int().min(0).max(0o7777) })).default([]),
  /** Names in the staged data. */
  newNames: z.array(entryName),
  /** Where in .failsafe the old data goes; it stays there when a later run takes the restore over. */
  failsafe: entryName,
});

/** Enough for a million entries of the data directory. */
export const largestStateBytes = 256 * 1024 * 1024;

export type RestoreState = z.output<typeof stateSchema>;

/** A state that is wrong in one letter would move the wrong data, so it is believed with its checksum only. */
const fileSchema = z.object({ state: z.unknown(), sha256: z.string() });

export function stateToJson(state: RestoreState): string {
  return `${JSON.stringify({ state, sha256: sha256(JSON.stringify(state)) }, null, 2)}\n`;
}

/** Undefined if it is damaged. */
export function stateFromJson(bytes: Buffer): RestoreState | undefined {
  const file = fileSchema.safeParse(parseJson(bytes)).data;
  if (file === undefined || sha256(JSON.stringify(file.state)) !== file.sha256) return undefined;
  return stateSchema.safeParse(file.state).data;
}
