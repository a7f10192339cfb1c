// A restore that goes on. The steps that matter to others go through here: each is journaled before it is made, so that this
// run, or whoever takes it over, knows what there may be to take back. An answer that was lost proves nothing.
import { messageOf } from "../proto/errors.ts";
import type { Claim, Plan, PlanChange } from "./agency/agency.ts";
import { askAll, mustAll } from "./fan-out.ts";
import { jobOf, jobToJson, type RestorePhase } from "./job.ts";
import type { AgentPort, Ports, Run } from "./ports.ts";
import { savedOf } from "./saved-plan.ts";
import { finishedLater, settled } from "./settled.ts";
import { undoRestore } from "./undo-restore.ts";

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

/** Takes everything back when it is disposed of, unless all servers work on the backup's data by then. */
export class RestoreRun implements AsyncDisposable {
  readonly #restore: Restore;
  readonly #claim: Claim;
  readonly #ports: Ports;
  #phase: RestorePhase = "staging";

  private constructor(restore: Restore, claim: Claim, ports: Ports) {
    this.#restore = restore;
    this.#claim = claim;
    this.#ports = ports;
  }

  static async begin(restore: Restore, claim: Claim, ports: Ports): Promise<RestoreRun> {
    const begun = new RestoreRun(restore, claim, ports);
    await begun.#enter("staging");
    return begun;
  }

  /** Where the replaced data is, by agent. */
  async flip(signal: AbortSignal): Promise<Map<AgentPort, string>> {
    await this.#enter("flipping");
    const { run, agents } = this.#restore;
    const flipped = await mustAll(agents, async (agent) => {
      const { failsafeDir } = await agent.flipRestore(run, signal);
      this.#ports.report({ step: "flipped", serverId: agent.serverId });
      return failsafeDir;
    });
    return new Map(flipped.map(({ agent, value }) => [agent, value]));
  }

  async changePlan(signal: AbortSignal): Promise<number> {
    const { plan, change } = this.#restore;
    await this.#claim.savePlanChange(savedOf(plan, change));
    signal.throwIfAborted();
    await this.#enter("starting");
    const planRevision = await this.#claim.changePlan(plan, change);
    const changes = change.put.length + change.remove.length;
    this.#ports.report({ step: "plan-restored", changes, planRevision });
    return planRevision;
  }

  /** How long each server was stopped, by agent. */
  async start(): Promise<Map<AgentPort, number>> {
    const { run, agents } = this.#restore;
    const started = await mustAll(agents, async (agent) => {
      const { downMs } = await agent.startRestored(run, { undone: false });
      this.#ports.report({ step: "started", serverId: agent.serverId, downMs });
      return downMs;
    });
    return new Map(started.map(({ agent, value }) => [agent, value]));
  }

  /** All servers work on the backup's data. What fails from here on is tidying up, and is done by whoever has the claim next. */
  async finish(): Promise<void> {
    await finishedLater("restore", this.#restore.run, this.#enter("finishing"));
    const { run, agents } = this.#restore;
    const { answers, failures } = await askAll(agents, (agent) => agent.finishRestore(run));
    for (const { agent } of answers) this.#ports.report({ step: "finished", serverId: agent.serverId });
    for (const { agent, error } of failures) {
      this.#ports.report({ step: "finish-failed", serverId: agent.serverId, problem: messageOf(error) });
    }
    if (failures.length === 0) await settled(run, this.#claim, this.#ports);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#undo();
    } catch (error) {
      this.#ports.report({ step: "settle-failed", problem: messageOf(error) });
    }
  }

  /** Once servers may work on the backup's data, going back must be journaled first: somebody else may be finishing it. */
  async #undo(): Promise<void> {
    if (this.#phase === "finishing") return;
    const phase = this.#phase === "starting" ? await this.#enter("undoing") : this.#phase;
    const { run, agents } = this.#restore;
    await undoRestore(phase, run, agents, this.#claim, this.#ports);
  }

  async #enter<Phase extends RestorePhase>(phase: Phase): Promise<Phase> {
    this.#phase = phase; // first: the answer may be lost
    const { run, agents } = this.#restore;
    await this.#claim.journal(run.backupId, jobToJson({ ...jobOf(run, agents, this.#ports), phase }));
    return phase;
  }
}
