// The claim, on a cluster where no dead run has left anything: whoever claims the cluster first settles the jobs of runs that
// died. Each is settled under a claim of its own, whose larger token makes the agents refuse what the dead run may still say.
//
// A job that cannot be settled, because an agent does not answer, stays; and no other run begins before it is settled.
import { messageOf, StillpointError } from "../proto/errors.ts";
import type { Claim, ClaimRequest } from "./agency/agency.ts";
import { jobFromJson } from "./job.ts";
import type { Ports } from "./ports.ts";
import { settleJob } from "./settle-job.ts";

/** How often a claim is given back to settle what a run left that died just then. */
const mostTries = 3;

/** @throws StillpointError claim-taken; or why a dead run cannot be settled */
export async function claimCluster(request: ClaimRequest, ports: Ports, stop: AbortSignal): Promise<Claim> {
  for (let number = 1; number <= mostTries; number++) {
    const claim = await claimUnlessJobs(request, ports, stop);
    if (claim !== undefined) return claim;
    await settleJobs(ports, stop);
  }
  throw new StillpointError("claim-taken", "one run after the other leaves the cluster unsettled");
}

/** Settles the jobs of all runs that died. */
export async function settleJobs(ports: Ports, stop: AbortSignal): Promise<void> {
  for (const backupId of (await ports.agency.listJobs(stop)).keys()) await settleUnderClaim(backupId, ports, stop);
}

async function claimUnlessJobs(request: ClaimRequest, ports: Ports, stop: AbortSignal): Promise<Claim | undefined> {
  const claim = await ports.agency.claim(request, stop);
  try {
    if ((await ports.agency.listJobs(claim.signal)).size === 0) return claim;
  } catch (error) {
    await claim[Symbol.asyncDispose]();
    throw error;
  }
  await claim.release();
  return undefined;
}

async function settleUnderClaim(backupId: string, ports: Ports, stop: AbortSignal): Promise<void> {
  const { agency, holder } = ports;
  await using claim = await agency.claim({ holder, backupId, purpose: "settle" }, stop);
  const signal = AbortSignal.any([stop, claim.signal]);
  const json = (await agency.listJobs(signal)).get(backupId);
  if (json === undefined) return; // somebody else was faster
  try {
    const job = jobFromJson(backupId, json);
    ports.report({ step: "settling", backupId, phase: job.phase, holder: job.holder });
    const outcome = await settleJob(job, claim, ports, signal);
    ports.report({ step: "settled", backupId, outcome });
  } catch (error) {
    throw unsettled(backupId, error);
  }
}

function unsettled(backupId: string, error: unknown): unknown {
  if (!(error instanceof StillpointError) || ["claim-lost", "cancelled"].includes(error.reason)) return error;
  const hint = error.hint ?? "it is settled as soon as its agents answer; one that is gone for good leaves by the Plan";
  const message = `what a dead run left of backup "${backupId}" cannot be settled: ${messageOf(error)}`;
  return new StillpointError(error.reason, message, { hint, cause: error });
}
