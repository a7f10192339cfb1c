// Asks all agents at once and looks at all answers: while one call still runs, it may still take a lock or write a file.
import { type ErrorDetails, hasReason, messageOf, type Reason, StillpointError } from "../proto/errors.ts";
import type { AgentPort } from "./ports.ts";

type OfServer = Pick<AgentPort, "serverId">;

export interface Answer<Value, Agent extends OfServer = AgentPort> {
  agent: Agent;
  value: Value;
}

export interface Failure<Agent extends OfServer = AgentPort> {
  agent: Agent;
  error: unknown;
}

export interface Answers<Value, Agent extends OfServer = AgentPort> {
  answers: Answer<Value, Agent>[];
  failures: Failure<Agent>[];
}

export async function askAll<Value, Agent extends OfServer>(
  agents: readonly Agent[],
  ask: (agent: Agent) => Promise<Value>,
): Promise<Answers<Value, Agent>> {
  const settled = await Promise.allSettled(agents.map(async (agent) => ({ agent, value: await ask(agent) })));
  const answers = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = settled.flatMap((result, index) => {
    const agent = agents[index];
    return result.status === "rejected" && agent !== undefined ? [{ agent, error: result.reason as unknown }] : [];
  });
  return { answers, failures };
}

/** All answers. @throws the most telling failure, with its server's name */
export async function mustAll<Value, Agent extends OfServer>(
  agents: readonly Agent[],
  ask: (agent: Agent) => Promise<Value>,
): Promise<Answer<Value, Agent>[]> {
  const { answers, failures } = await askAll(agents, ask);
  if (failures.length > 0) throw worst(failures);
  return answers;
}

/** Work that is in vain on all servers when it fails on one: its signal aborts then too. */
export function together<Value, Agent = AgentPort>(
  signal: AbortSignal,
  ask: (agent: Agent, signal: AbortSignal) => Promise<Value>,
  isInVain: (error: unknown) => boolean = () => true,
): (agent: Agent) => Promise<Value> {
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
export function worst(failures: readonly Failure<OfServer>[]): StillpointError {
  const failure = failures.find(({ error }) => !hasReason(error, "cancelled", "claim-lost")) ?? failures[0];
  if (failure === undefined) throw new RangeError("there is no failure to tell of");
  return hasReason(failure.error, "cancelled", "claim-lost") ? failure.error : onServer(failure);
}

export function onServer({ agent, error }: Failure<OfServer>): StillpointError {
  const { reason, hint, blockers }: { reason: Reason } & ErrorDetails =
    error instanceof StillpointError ? error : { reason: "internal" };
  const details = { ...(hint === undefined ? {} : { hint }), ...(blockers === undefined ? {} : { blockers }) };
  return new StillpointError(reason, `server "${agent.serverId}": ${messageOf(error)}`, { ...details, cause: error });
}
