// What the cluster is doing now.
import { messageOf } from "../proto/errors.ts";
import type { DescribeResponse } from "../proto/gen/stillpoint/v1/DescribeResponse.ts";
import type { ClaimInfo } from "./agency/agency.ts";
import { askAll } from "./fan-out.ts";
import { problemOfIdentity } from "./inspect-cluster.ts";
import { jobFromJson } from "./job.ts";
import { serversOf } from "./plan.ts";
import type { Ports } from "./ports.ts";

export interface ClusterStatus {
  claim: ClaimInfo | undefined;
  planRevision: number;
  servers: ServerStatus[];
  jobs: JobStatus[];
}

export interface JobStatus {
  backupId: string;
  phase: string;
  holder: string;
  /** Nobody has the claim for it: its coordinator died, or could not reach all agents. */
  unsettled: boolean;
}

export interface ServerStatus {
  id: string;
  agent: string;
  reachable: boolean;
  /** Why it does not answer, or that it is another server's agent; else "". */
  problem: string;
  state: DescribeResponse | null;
}

export async function clusterStatus(ports: Ports, signal: AbortSignal): Promise<ClusterStatus> {
  const { agency, connect } = ports;
  const plan = await agency.readPlan(signal);
  const jobs = await agency.listJobs(signal);
  const claim = await agency.currentClaim(signal); // after the jobs: a run that just ended has left none
  const agents = connect(serversOf(plan));
  const { answers, failures } = await askAll(agents, (agent) => agent.describe(false, signal));
  const states = new Map(answers.map(({ agent, value }) => [agent, value]));
  const problems = new Map(failures.map(({ agent, error }) => [agent, messageOf(error)]));
  for (const { agent, value } of answers) problems.set(agent, problemOfIdentity(agent, value));
  const servers = agents.map((agent) => ({
    id: agent.serverId,
    agent: agent.address,
    reachable: states.has(agent),
    problem: problems.get(agent) ?? "",
    state: states.get(agent) ?? null,
  }));
  return { claim, planRevision: plan.revision, servers, jobs: [...jobs].map((job) => jobStatus(job, claim)) };
}

/** One that cannot be read is shown all the same: it keeps every run from beginning. */
function jobStatus([backupId, json]: [string, string], claim: ClaimInfo | undefined): JobStatus {
  const unsettled = claim?.backupId !== backupId;
  try {
    const { phase, holder } = jobFromJson(backupId, json);
    return { backupId, phase, holder, unsettled };
  } catch (error) {
    return { backupId, phase: messageOf(error), holder: "", unsettled };
  }
}
