// The invariants of holds and cuts, seen from the database servers, which cannot be deceived.
import type { AgentEvent } from "../../agent/agent.ts";
import type { RoundRef } from "../../agent/hold.ts";
import type { AgentHost } from "./agents.ts";
import { type Database, lockOf, type Stop, type StopEnd } from "./database.ts";
import type { World } from "./world.ts";

interface EndedStop {
  stop: Stop;
  endedAt: number;
  why: StopEnd;
}

/** For messages between processes of one machine, and for steps that take a moment. */
const slackMs = 60;
/** One millisecond of a slow clock, in those of a fast one. */
const driftShare = 0.9;

export class HoldChecks {
  readonly #world: World;
  readonly #lastStop = new Map<string, EndedStop>();
  /** What agents were asked to let go, by server and backup. */
  readonly #asked = new Map<string, { token: number; round: number }[]>();
  readonly #looks = new Map<string, (Stop | undefined)[]>();

  constructor(world: World) {
    this.#world = world;
  }

  onStop({ serverId }: Database, stop: Stop): void {
    const { backupId, round } = lockOf(stop);
    this.#world.trace(() => `${serverId} is asked to stop writes for round ${round} of ${backupId}`);
    this.#mustNotBeLate(serverId, stop);
    for (const other of this.#world.hosts) this.#mustNotBeTwo(stop, other);
    this.#mustHaveHadWindow(serverId, stop);
  }

  onLetGo({ serverId }: Database, stop: Stop, why: StopEnd): void {
    const what = stop.heldAt === undefined ? "gives up the stop" : "lets writes go";
    this.#world.trace(() => `${serverId} ${what}: ${why} (round ${lockOf(stop).round})`);
    this.#world.coverage.hit(`hold ended: ${why}`);
    this.#lastStop.set(serverId, { stop, endedAt: this.#world.now, why });
  }

  /** After each step of the world. */
  afterStep(): void {
    for (const { serverId, database } of this.#world.hosts) {
      const stop = database?.stop;
      if (stop?.heldAt === undefined || database?.process.state !== "running") continue;
      const { backupId, round } = lockOf(stop);
      const holdMs = this.#world.oracle.runs.of(backupId)?.holdMs.get(`${serverId}/${round}`) ?? stop.holdMs;
      const until = Math.max(stop.heldAt + holdMs / driftShare, database.process.resumedAt) + slackMs;
      if (this.#world.now <= until) continue;
      const details = `${serverId} is held for ${Math.round(this.#world.now - stop.heldAt)} ms instead of ${holdMs}`;
      this.#world.oracle.violate("writes go on within hold_ms of the last contact, whatever died", details);
    }
  }

  /** The cut is made between two looks at the fingerprint of the live data. */
  onLook({ serverId, database }: AgentHost): void {
    const looks = this.#looks.get(serverId) ?? [];
    looks.push(database?.stop?.heldAt === undefined ? undefined : database.stop);
    this.#looks.set(serverId, looks);
  }

  /** A call has come to an agent. */
  onDelivered({ serverId }: AgentHost, method: string, request: unknown): void {
    if (method !== "Release" && method !== "Abort" && method !== "Snapshot") return;
    const { run, round } = request as { run: { backupId: string; token: number }; round: number };
    const key = `${serverId}/${run.backupId}`;
    this.#asked.set(key, [...(this.#asked.get(key) ?? []), { token: run.token, round }]);
  }

  onAgentEvent(host: AgentHost, event: AgentEvent): void {
    if (event.step === "let-go" && event.report.endedBy === "released") this.#mustHaveBeenAsked(host, event.ref);
    if (event.step === "cut") this.#mustBeHeldForCut(host, event.backupId);
  }

  /** An agent that was restarted has forgotten its fence: one late Lock may pass, and no Snapshot follows it. */
  #mustNotBeLate(serverId: string, { lockId, owner }: Stop): void {
    const { backupId, round } = lockOf({ lockId });
    const run = this.#world.oracle.runs.of(backupId);
    if (run === undefined || round > run.endedRound || run.releaseFailed.has(`${serverId}/${round}`)) return;
    if (owner.startedAt > run.claimedAt) {
      this.#world.coverage.hit("hold: late Lock after a restart of the agent");
      return;
    }
    const details = `${serverId} was let go in round ${run.endedRound}, and is locked for ${round}`;
    this.#world.oracle.violate("a Lock of a round that is over is refused", details);
  }

  #mustNotBeTwo(stop: Stop, { database, serverId }: AgentHost): void {
    const other = database?.stop;
    if (other === undefined || other === stop || lockOf(other).backupId === lockOf(stop).backupId) return;
    const claimedAt = (each: Stop) => this.#world.oracle.runs.of(lockOf(each).backupId)?.claimedAt ?? 0;
    const [older, newer] = claimedAt(stop) < claimedAt(other) ? [stop, other] : [other, stop];
    const isForgetful = older.owner.startedAt > claimedAt(older) && claimedAt(newer) > claimedAt(older);
    if (isForgetful || older.owner.state !== "running" || database?.process.state !== "running") return;
    const details = `${serverId} is held for ${other.lockId}, another server for ${stop.lockId}`;
    this.#world.oracle.violate("no two backups hold locks at once", details);
  }

  #mustHaveHadWindow(serverId: string, stop: Stop): void {
    const last = this.#lastStop.get(serverId);
    if (last === undefined || (last.why !== "resumed" && last.why !== "given up")) return;
    const [before, now] = [lockOf(last.stop), lockOf(stop)];
    if (before.backupId !== now.backupId || before.round === now.round) return;
    const stallMs = last.endedAt - last.stop.askedAt;
    const windowMs = stop.askedAt - last.endedAt;
    if (windowMs >= stallMs * driftShare - slackMs) return;
    const details = `${serverId} had ${Math.round(windowMs)} ms after a stall of ${Math.round(stallMs)} ms`;
    this.#world.oracle.violate("writers get their guaranteed window between rounds", details);
  }

  /** By a Release, an Abort or a failed Snapshot of this round or a later one, or by a later run. */
  #mustHaveBeenAsked({ serverId }: AgentHost, { backupId, token, round }: RoundRef): void {
    const asked = this.#asked.get(`${serverId}/${backupId}`) ?? [];
    if (asked.some((each) => each.token > token || (each.token === token && each.round >= round))) return;
    const details = `${serverId} was let go of round ${round} of ${backupId} by somebody else`;
    this.#world.oracle.violate("only the run that holds a server lets it go", details);
  }

  #mustBeHeldForCut({ serverId }: AgentHost, backupId: string): void {
    const looks = (this.#looks.get(serverId) ?? []).slice(-2);
    this.#looks.set(serverId, []);
    if (looks.length === 0 || this.#world.oracle.runs.of(backupId)?.withoutLock !== false) return;
    const [first, last] = looks;
    if (first !== undefined && first === last && lockOf(first).backupId === backupId) return;
    const details = `${serverId} was not held from before the cut of ${backupId} until after it`;
    this.#world.oracle.violate("a Snapshot happens only under the hold that it names, unbroken", details);
  }
}
