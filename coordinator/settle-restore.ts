// Settles a restore whose coordinator died: all servers on the backup's data, or all on what they had.
//
//   staging, flipping   no server works on the backup's data: undone
//   starting            all were flipped, some may work: finished if all can, else undone
//   undoing             undone
//   finishing           all work on the backup's data: tidied up
//
// A flipped server is first taken over by a repeated flip: from then on its agent refuses what the dead run may still say.
import { hasReason } from "../proto/errors.ts";
import type { Claim } from "./agency/agency.ts";
import { askAll, mustAll, worst } from "./fan-out.ts";
import { jobToJson, type RestoreJob } from "./job.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";
import { undoRestore, writePlan } from "./undo-restore.ts";

export interface LeftRestore {
  run: Run;
  agents: AgentPort[];
  job: RestoreJob;
}

export async function settleRestore(
  left: LeftRestore,
  claim: Claim,
  ports: Ports,
  signal: AbortSignal,
): Promise<"finished" | "undone"> {
  const { phase } = left.job;
  switch (phase) {
    case "starting":
      return (await goOn(left, claim, ports, signal))
        ? await finish(left, claim)
        : await goBack(left, claim, ports, signal);
    case "finishing":
      return await finish(left, claim);
    case "undoing":
      return await goBack(left, claim, ports, signal);
    default:
      await undoRestore(phase, left.run, left.agents, claim, ports);
      return "undone";
  }
}

/** False if a server cannot go on. */
async function goOn({ run, agents }: LeftRestore, claim: Claim, ports: Ports, signal: AbortSignal): Promise<boolean> {
  if (!(await takeOver(run, agents, signal))) return false;
  const planRevision = await writePlan("after", claim, ports);
  ports.report({ step: "plan-restored", changes: 0, planRevision });
  const { failures } = await askAll(agents, (agent) => agent.startRestored(run, { undone: false }));
  return failures.length === 0;
}

/** Whether all servers are flipped. @throws if an agent does not answer */
async function takeOver(run: Run, agents: AgentPort[], signal: AbortSignal): Promise<boolean> {
  const { failures } = await askAll(agents, (agent) => agent.flipRestore(run, signal));
  const unknown = failures.filter(({ error }) => !hasReason(error, "not-found"));
  if (unknown.length > 0) throw worst(unknown);
  return failures.length === 0;
}

async function goBack({ run, agents, job }: LeftRestore, claim: Claim, ports: Ports, signal: AbortSignal) {
  await claim.journal(job.backupId, jobToJson({ ...job, phase: "undoing" }));
  await takeOver(run, agents, signal);
  await undoRestore("undoing", run, agents, claim, ports);
  return "undone" as const;
}

async function finish({ run, agents }: LeftRestore, claim: Claim) {
  await mustAll(agents, (agent) => agent.finishRestore(run));
  await claim.settle(run.backupId);
  return "finished" as const;
}
