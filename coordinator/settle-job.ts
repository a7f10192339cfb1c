// Settles what a dead run left, as its job says (job.ts). Every step may be repeated: whoever settles it may die as well.
import { hasReason } from "../proto/errors.ts";
import type { Claim } from "./agency/agency.ts";
import { askAll, mustAll, worst } from "./fan-out.ts";
import type { Job } from "./job.ts";
import { serversOf } from "./plan.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";
import { recordToJson } from "./record.ts";
import { settleRestore } from "./settle-restore.ts";

/** What became of the run. */
export type Settlement = "aborted" | "finished" | "undone";

type JobOf<Phase extends Job["phase"]> = Extract<Job, { phase: Phase }>;

/** Under a claim of its own. @throws StillpointError, and the job stays */
export async function settleJob(job: Job, claim: Claim, ports: Ports, signal: AbortSignal): Promise<Settlement> {
  const agents = await agentsOf(job, ports, signal);
  const run: Run = { backupId: job.backupId, token: claim.token };
  switch (job.phase) {
    case "making":
      return await abortBackup(run, agents, claim);
    case "committing":
      return await finishBackup(job, run, agents, claim, ports, signal);
    case "deleting":
      return await removeBackup(run, agents, claim, signal, "finished");
    default:
      return await settleRestore({ run, agents, job }, claim, ports, signal);
  }
}

/** A server that the Plan does not name any more is not waited for: what it has goes with it. */
async function agentsOf({ serverIds }: Job, { agency, connect }: Ports, signal: AbortSignal): Promise<AgentPort[]> {
  const servers = serversOf(await agency.readPlan(signal));
  return connect(servers.filter(({ id }) => serverIds.includes(id)));
}

async function abortBackup(run: Run, agents: AgentPort[], claim: Claim): Promise<Settlement> {
  await mustAll(agents, (agent) => agent.abort(run, 0));
  await claim.settle(run.backupId);
  return "aborted";
}

/** All pieces were sealed and proved. Only if one is gone for good, the others are removed: nobody was told of a backup. */
async function finishBackup(
  job: JobOf<"committing">,
  run: Run,
  agents: AgentPort[],
  claim: Claim,
  ports: Ports,
  signal: AbortSignal,
): Promise<Settlement> {
  const { failures } = await askAll(agents, (agent) => agent.commit(run, signal));
  const unknown = failures.filter(({ error }) => !hasReason(error, "not-found", "corrupt"));
  if (unknown.length > 0) throw worst(unknown);
  const isWhole = failures.length === 0 && agents.length === job.serverIds.length;
  if (!isWhole) return await removeBackup(run, agents, claim, signal, "aborted");
  await claim.record(run.backupId, recordToJson(job.record));
  ports.report({ step: "recorded", backupId: run.backupId });
  return "finished";
}

async function removeBackup(
  run: Run,
  agents: AgentPort[],
  claim: Claim,
  signal: AbortSignal,
  outcome: Settlement,
): Promise<Settlement> {
  await mustAll(agents, (agent) => agent.deletePiece(run, signal));
  await claim.forget(run.backupId);
  return outcome;
}
