// Asks all agents at once and looks at all answers: while one call still runs, it may still take a lock or write a file.
import { type ErrorDetails, hasReason, messageOf, type Reason, StillpointError } from "../proto/errors.ts";
import type { AgentPort } from "./ports.ts";

export interface Answer<Value> {
  agent: AgentPort;
  value: Value;
}

export interface Failure {
  agent: AgentPort;
  error: unknown;
}

export interface Answers<Value> {
  answers: Answer<Value>[];
  failures: Failure[];
}

export async function askAll<Value>(
  agents: readonly AgentPort[],
  ask: (agent: AgentPort) => Promise<Value>,
): Promise<Answers<Value>> {
  const settled = await Promise.allSettled(agents.map(async (agent) => ({ agent, value: await ask(agent) })));
  const answers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = settled.flatMap((result, index) => {
    const agent = agents[index];
    return result.status === "rejected" && agent !== undefined ? [{ agent, error: result.reason as unknown }] : [];
  });
  return { answers, failures };
}

/** All answers. @throws the most telling failure, with its server's name */
export async function mustAll<Value>(
  agents: readonly AgentPort[],
  ask: (agent: AgentPort) => Promise<Value>,
): Promise<Answer<Value>[]> {
  const { answers, failures } = await askAll(agents, ask);
  if (failures.length > 0) throw worst(failures);
  return answers;
}

/** Work that is in vain on all servers when it fails on one: its signal aborts then too. */
export function together<Value>(
  signal: AbortSignal,
  ask: (agent: AgentPort, signal: AbortSignal) => Promise<Value>,
  isInVain: (error: unknown) => boolean = () => true,
): (agent: AgentPort) => Promise<Value> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  return async (agent) => {
    try {
      return await ask(agent, either);
    } catch (error) {
      if (isInVain(error)) failed.abort(new StillpointError("cancelled", "another server failed"));
      throw error;
    }
  };
}

/** The failure to tell of: one that is not just the end of a run that others ended, which is no server's fault. */
export function worst(failures: readonly Failure[]): StillpointError {
  const failure = failures.find(({ error }) => !hasReason(error, "cancelled", "claim-lost")) ?? failures[0];
  if (failure === undefined) throw new RangeError("there is no failure to tell of");
  return hasReason(failure.error, "cancelled", "claim-lost") ? failure.error : onServer(failure);
}

export function onServer({ agent, error }: Failure): StillpointError {
  const { reason, hint, blockers }: { reason: Reason } & ErrorDetails =
    error instanceof StillpointError ? error : { reason: "internal" };
  const details = { ...(hint === undefined ? {} : { hint }), ...(blockers === undefined ? {} : { blockers }) };
  return new StillpointError(reason, `server "${agent.serverId}": ${messageOf(error)}`, { ...details, cause: error });
}
