// What takes a restore back. The steps of a restore that matter to others, writing the Plan and starting servers, go through
// here, so that it is known what there may be to take back: an answer that was lost is no proof that nothing happened.
import { messageOf } from "../proto/errors.ts";
import type { Claim, Plan, PlanChange } from "./agency/agency.ts";
import { askAll, mustAll } from "./fan-out.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";

/** One server of today and the piece that it gets. */
export interface Target {
  agent: AgentPort;
  pieceServerId: string;
}

export interface Restore {
  run: Run;
  targets: Target[];
  agents: AgentPort[];
  plan: Plan;
  change: PlanChange;
}

/** Takes everything back unless it is dismissed: first all data and the Plan, then all servers start. */
export class Undo implements AsyncDisposable {
  readonly #restore: Restore;
  readonly #claim: Claim;
  readonly #ports: Ports;
  #planMayBeChanged = false;
  #newDataMayRun = false;
  #dismissed = false;

  constructor(restore: Restore, claim: Claim, ports: Ports) {
    this.#restore = restore;
    this.#claim = claim;
    this.#ports = ports;
  }

  async changePlan(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const { plan, change } = this.#restore;
    this.#planMayBeChanged = true;
    const planRevision = await this.#claim.changePlan(plan, change);
    const changes = change.put.length + change.remove.length;
    this.#ports.report({ step: "plan-restored", changes, planRevision });
    return planRevision;
  }

  /** How long each server was stopped, by agent. */
  async start(): Promise<Map<AgentPort, number>> {
    const { run, agents } = this.#restore;
    this.#newDataMayRun = true;
    const started = await mustAll(agents, async (agent) => {
      const { downMs } = await agent.startRestored(run);
      this.#ports.report({ step: "started", serverId: agent.serverId, downMs });
      return downMs;
    });
    return new Map(started.map(({ agent, value }) => [agent, value]));
  }

  dismiss(): void {
    this.#dismissed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#dismissed) return;
    const { run, agents } = this.#restore;
    const { answers, failures } = await this.#each(agents, (agent) => agent.undoRestore(run));
    if (this.#planMayBeChanged) await this.#putPlanBack();
    const stopped = answers.filter(({ value }) => value.flippedBack).map(({ agent }) => agent);
    if (this.#newDataMayRun && failures.length > 0) this.#leaveStopped(stopped);
    else await this.#each(stopped, (agent) => agent.startRestored(run));
    for (const { agent } of answers) this.#ports.report({ step: "undone", serverId: agent.serverId });
  }

  async #putPlanBack(): Promise<void> {
    const { agency, report } = this.#ports;
    try {
      const now = await agency.readPlan(new AbortController().signal); // no agency waits for longer than a few seconds
      await this.#claim.changePlan(now, inverse(this.#restore, now));
    } catch (error) {
      report({ step: "undo-failed", serverId: "", problem: `the Plan could not be put back: ${messageOf(error)}` });
    }
  }

  #leaveStopped(agents: AgentPort[]): void {
    const problem = "it stays stopped, because another server may still work on the backup's data";
    for (const { serverId } of agents) this.#ports.report({ step: "undo-failed", serverId, problem });
  }

  async #each<Value>(agents: AgentPort[], ask: (agent: AgentPort) => Promise<Value>) {
    const result = await askAll(agents, ask);
    for (const { agent, error } of result.failures) {
      this.#ports.report({ step: "undo-failed", serverId: agent.serverId, problem: messageOf(error) });
    }
    return result;
  }
}

/** What puts back what still is as the restore wrote it: all else somebody has changed since, or the restore never did. */
function inverse({ plan, change }: Restore, now: Plan): PlanChange {
  const before = valuesOf(plan);
  const current = valuesOf(now);
  const written = change.put.filter(({ key, value }) => current.get(key)?.equals(value)).map(({ key }) => key);
  const removed = change.remove.filter((key) => !current.has(key));
  const put = [...written, ...removed].flatMap((key) => {
    const value = before.get(key);
    return value === undefined ? [] : [{ key, value }];
  });
  return { put, remove: written.filter((key) => !before.has(key)) };
}

function valuesOf({ entries }: Plan): Map<string, Buffer> {
  return new Map(entries.map(({ key, value }) => [key, value]));
}
