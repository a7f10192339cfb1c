// What takes a restore back: first all servers get their old data and the Plan its old keys, then all servers start. So no
// server ever works on the backup's data while another works on its old data.
import { hasReason, messageOf } from "../proto/errors.ts";
import type { Claim } from "./agency/agency.ts";
import { askAll, type Failure, worst } from "./fan-out.ts";
import type { RestorePhase } from "./job.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";
import { changeTowards } from "./saved-plan.ts";

/** All phases in which no server works on the backup's data yet, and the one in which some may. */
export type UndoablePhase = Extract<RestorePhase, "staging" | "flipping" | "undoing">;

/** Ends with the job. @throws what could not be put back, when all else is; the job stays */
export async function undoRestore(
  phase: UndoablePhase,
  run: Run,
  agents: AgentPort[],
  claim: Claim,
  ports: Ports,
): Promise<void> {
  const newDataMayRun = phase === "undoing";
  const { answers, failures } = await each(agents, ports, (agent) => agent.undoRestore(run));
  const planProblem = newDataMayRun ? await putPlanBack(claim, ports) : undefined;
  const stopped = answers.filter(({ value }) => value.flippedBack).map(({ agent }) => agent);
  if (newDataMayRun && failures.length > 0) leaveStopped(stopped, ports);
  else failures.push(...(await startAgain(run, stopped, ports)));
  for (const { agent } of answers) ports.report({ step: "undone", serverId: agent.serverId });
  if (failures.length > 0) throw worst(failures);
  if (planProblem !== undefined) throw planProblem;
  await claim.settle(run.backupId);
}

/** Writes what a restore has saved of the Plan, as far as nobody else has changed it since. Returns the revision after it. */
export async function writePlan(side: "before" | "after", claim: Claim, { agency }: Ports): Promise<number> {
  const now = await agency.readPlan(claim.signal);
  const saved = await agency.readPlanChange(claim.signal);
  return await claim.changePlan(now, changeTowards(side, saved, now));
}

/** The servers start on their old data also when the Plan cannot be written now. */
async function putPlanBack(claim: Claim, ports: Ports): Promise<unknown> {
  try {
    await writePlan("before", claim, ports);
    return undefined;
  } catch (error) {
    ports.report({ step: "undo-failed", serverId: "", problem: `the Plan could not be put back: ${messageOf(error)}` });
    return error;
  }
}

/** A server that cannot start on what it had before is not waited for: only another restore helps it, and that needs the claim. */
async function startAgain(run: Run, agents: AgentPort[], ports: Ports): Promise<Failure[]> {
  const { failures } = await each(agents, ports, (agent) => agent.startRestored(run, { undone: true }));
  return failures.filter(({ error }) => !hasReason(error, "corrupt"));
}

function leaveStopped(agents: AgentPort[], { report }: Ports): void {
  const problem = "it stays stopped, because another server may still work on the backup's data";
  for (const { serverId } of agents) report({ step: "undo-failed", serverId, problem });
}

async function each<Value>(agents: AgentPort[], { report }: Ports, ask: (agent: AgentPort) => Promise<Value>) {
  const result = await askAll(agents, ask);
  for (const { agent, error } of result.failures) {
    report({ step: "undo-failed", serverId: agent.serverId, problem: messageOf(error) });
  }
  return result;
}
