// How a backup would begin if it was asked for now: it goes through the same steps up to the lock, but claims nothing, makes
// nothing, and blocks nobody.
import { backupIdOf } from "../proto/names.ts";
import type { ClaimInfo } from "./agency/agency.ts";
import type { BackupRequest } from "./create-backup.ts";
import { inspectCluster } from "./inspect-cluster.ts";
import { serversOf as busyServers, type Look, OpenWrites } from "./open-writes.ts";
import { serversOf } from "./plan.ts";
import type { Blocker, Ports } from "./ports.ts";
import { cheapWait, roundLimits } from "./rounds.ts";
import { type Occasion, type PlannedRound, planRound } from "./when-to-lock.ts";

export interface Forecast {
  occasion: Occasion | "wait";
  /** For a person. */
  text: string;
  /** Locked before all others; empty: all at once, or none yet. */
  firstServerIds: string[];
  /** The longest that the first round would wait; 0 if there would be none yet. */
  waitMs: number;
  /** The longest that nobody would be blocked. */
  patienceMs: number;
  /** Oldest first. */
  blockers: Blocker[];
  /** Servers whose engine cannot tell its write transactions. */
  silentServerIds: string[];
  claim: ClaimInfo | undefined;
}

/** @throws what a backup would be refused with before the lock, but for a claim that is taken */
export async function forecastBackup(request: BackupRequest, ports: Ports, signal: AbortSignal): Promise<Forecast> {
  const { agency, clock } = ports;
  const claim = await agency.currentClaim(signal);
  const plan = await agency.readPlan(signal);
  const agents = ports.connect(serversOf(plan));
  ports.report({ step: "plan-read", planRevision: plan.revision, serverIds: agents.map(({ serverId }) => serverId) });
  const described = await inspectCluster(agents, { backupId: backupIdOf(clock.date(), "dry-run") }, ports, signal);
  const silentServerIds = described.filter(({ value }) => !value.knowsOpenWrites).map(({ agent }) => agent.serverId);
  const writes = new OpenWrites(agents, request.firstWaitMs);
  const look = await writes.look(signal);
  const impatience = request.patience === 0 ? 1 : 0;
  const cheapWaitMs = cheapWait(request, request.timeoutMs);
  const circumstances = { look, seen: writes.seen, impatience, cheapWaitMs, lastBusy: new Set<string>() };
  return { ...forecastOf(planRound(circumstances), look, request), silentServerIds, claim };
}

function forecastOf(planned: PlannedRound | undefined, look: Look, request: BackupRequest) {
  const { timeoutMs, patience, firstWaitMs, maxWaitMs } = request;
  const occasion: Forecast["occasion"] = planned?.occasion ?? "wait";
  const firstServerIds = [...(planned?.firstServerIds ?? [])];
  const roundMs = occasion === "cheap" ? cheapWait(request, timeoutMs) : Math.min(firstWaitMs, maxWaitMs);
  const waitMs = planned === undefined ? 0 : roundLimits(roundMs, request).waitMs;
  const patienceMs = patience * timeoutMs;
  const busy = [...busyServers(look.long)].join(", ");
  const text = textOf({ occasion, firstServerIds }, busy, waitMs, patienceMs);
  return { occasion, firstServerIds, waitMs, patienceMs, blockers: look.lasting, text };
}

function textOf(
  { occasion, firstServerIds }: Pick<Forecast, "occasion" | "firstServerIds">,
  busy: string,
  waitMs: number,
  patienceMs: number,
): string {
  const [wait, patience] = [waitMs, patienceMs].map((ms) => `${(ms / 1000).toFixed(1)} s`);
  const first = firstServerIds.join(", ");
  const order =
    first === "" ? "all servers would be locked at once" : `${first} would be locked first, then all others`;
  const softly = `nobody would be blocked for ${patience} at most, in wait for a moment without long writes`;
  switch (occasion) {
    case "calm":
      return `no long write is open: ${order}, waiting for at most ${wait} for open writes to end`;
    case "cheap":
      return `hardly a server is busy: ${first} would be locked first, for at most ${wait}, while the others write on; then all others at once. If that fails, ${softly}`;
    case "wait":
      return `long writes are open on ${busy}: ${softly}; towards its end the best moment is taken`;
    default:
      return `patience is not wanted: ${order}, waiting for at most ${wait}`;
  }
}
