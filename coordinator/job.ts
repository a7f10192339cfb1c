// The job of a run: what another coordinator must know to settle it, should this one die. It is written before the first
// effect that somebody would have to remove, and removed when nothing is left to do.
//
//   create    making ──all pieces sealed──▶ committing
//   restore   staging ──▶ flipping ──all servers flipped──▶ starting ──all servers work──▶ finishing
//                                                              └──one does not──▶ undoing
//   delete    deleting
//
// `committing`, `deleting`, `finishing`: decided, whoever settles the run finishes it. `starting` is finished if all servers
// take the backup's data, else undone. In all other phases the run is undone.
import { z } from "zod";
import { StillpointError } from "../proto/errors.ts";
import { parseJson } from "../runtime/json.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";
import { recordSchema } from "./record.ts";

const common = {
  formatVersion: z.literal(1),
  backupId: z.string(),
  token: z.number().int().nonnegative(),
  /** The coordinator whose run it was. */
  holder: z.string(),
  /** The servers that may have something of the run. */
  serverIds: z.array(z.string()),
};

const jobSchema = z.discriminatedUnion("phase", [
  z.object({ ...common, phase: z.literal("making") }),
  z.object({ ...common, phase: z.literal("committing"), record: recordSchema }),
  z.object({ ...common, phase: z.literal("deleting") }),
  z.object({ ...common, phase: z.enum(["staging", "flipping", "starting", "undoing", "finishing"]) }),
]);

export type Job = z.output<typeof jobSchema>;
export type RestorePhase = Exclude<Job["phase"], "making" | "committing" | "deleting">;
export type RestoreJob = Extract<Job, { phase: RestorePhase }>;

/** What the job of a run says in each of its phases. */
export function jobOf({ backupId, token }: Run, agents: readonly AgentPort[], { holder }: Pick<Ports, "holder">) {
  const serverIds = agents.map(({ serverId }) => serverId);
  return { formatVersion: 1 as const, backupId, token, holder, serverIds };
}

export function jobToJson(job: Job): string {
  return JSON.stringify(job);
}

/** @throws StillpointError version, corrupt */
export function jobFromJson(backupId: string, json: string): Job {
  const value = parseJson(json);
  const parsed = jobSchema.safeParse(value);
  if (parsed.success && parsed.data.backupId === backupId) return parsed.data;
  const { data: newer } = z.object({ formatVersion: z.number().min(2) }).safeParse(value);
  if (newer !== undefined) {
    const message = `the job of backup "${backupId}" in the agency has format ${newer.formatVersion}, this version knows 1`;
    throw new StillpointError("version", message, {
      hint: "use the version of Stillpoint that wrote it, or a later one",
    });
  }
  throw new StillpointError("corrupt", `the job of backup "${backupId}" in the agency cannot be read`, {
    hint: `when no run is active, remove Target/HotBackup/Jobs/${backupId} from the agency and delete what is left of the backup`,
  });
}
