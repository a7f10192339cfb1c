// What happens in a run, in words: one sentence for each event, without a full stop, as a person would log it.
import { formatBytes } from "../runtime/units.ts";
import type { Blocker, RunEvent } from "./ports.ts";

type Step = RunEvent["step"];
type EventOf<Name extends Step> = Extract<RunEvent, { step: Name }>;

const texts: { [Name in Step]: (event: EventOf<Name>) => string } = {
  settling: ({ backupId, phase, holder }) => `settling what ${holder} left of ${backupId} (${phase})`,
  settled: ({ backupId, outcome }) => `what was left of ${backupId} is ${outcome}`,
  "settle-failed": ({ problem }) => `not settled yet, it is tried again: ${problem}`,
  claimed: ({ backupId, token }) => `claimed the cluster for ${backupId} (token ${token})`,
  "plan-read": ({ planRevision, serverIds }) =>
    `read the Plan at revision ${planRevision}: servers ${serverIds.join(", ")}`,
  inspected: ({ serverId, dataFiles, dataBytes }) =>
    `${serverId} is ready: ${dataFiles} files, ${formatBytes(dataBytes)}`,
  prepared: ({ serverId, linkedFiles }) => `${serverId} linked ${linkedFiles} files in advance`,
  "soft-wait": ({ blockers }) => `waiting, without blocking anybody, for ${blockersText(blockers)}`,
  "round-started": ({ round, waitMs, firstServerIds, force }) => {
    const order = firstServerIds.length > 0 ? `, ${firstServerIds.join(", ")} first` : "";
    return `round ${round}: locking all servers within ${ms(waitMs)}${order}${force ? ", aborting what is in the way" : ""}`;
  },
  "server-locked": ({ serverId, lockWaitMs }) => `${serverId} is locked after ${ms(lockWaitMs)}`,
  "server-busy": ({ serverId, blockers }) => `${serverId} is busy: ${blockersText(blockers)}`,
  locked: () => "all servers are held",
  released: ({ serverId, stallMs }) => `${serverId} writes again after ${ms(stallMs)}`,
  "still-stopped": ({ serverId, problem }) => `${serverId}: ${problem}`,
  "release-failed": ({ serverId, problem }) =>
    `${serverId} has not confirmed that it let go; its hold ends by itself, stillpoint status shows whether it did: ${problem}`,
  "round-ended": ({ round, outcome, deadTimeMs }) => `round ${round} ended: ${outcome}, dead time ${ms(deadTimeMs)}`,
  window: (event) => `writers have ${ms(event.ms)} before the next round`,
  snapshot: ({ serverId, deltaFiles, snapshotMs, stallMs }) =>
    `${serverId} made its cut: ${deltaFiles} files in ${ms(snapshotMs)}, writes blocked for ${ms(stallMs)}`,
  "taking-again": ({ reason }) => `taking the backup again: ${reason}`,
  "taken-without-lock": () => "the time is up: taking the pieces without a lock, the backup will be INCONSISTENT",
  "dump-stored": ({ bytes }) => `stored the Plan's dump (${formatBytes(bytes)}) beside every piece`,
  sealing: ({ serverId, ...bytes }) => `${serverId} is sealing: ${progressText(bytes)}`,
  sealed: ({ serverId, files, bytes }) => `${serverId} sealed its piece: ${files} files, ${formatBytes(bytes)}`,
  committed: ({ serverId }) => `${serverId} committed its piece`,
  recorded: ({ backupId }) => `recorded ${backupId}`,
  aborted: ({ serverId }) => `${serverId} removed its piece`,
  "abort-failed": ({ serverId, problem }) =>
    `${serverId} could not remove its piece now; it is removed when its agent answers: ${problem}`,
  checking: ({ serverId, ...bytes }) => `${serverId} is checking its piece: ${progressText(bytes)}`,
  staged: ({ serverId, pieceServerId }) => `${serverId} is ready to take the data of ${pieceServerId}`,
  flipped: ({ serverId }) => `${serverId} is stopped and has the backup's data`,
  started: ({ serverId, downMs }) => `${serverId} works on the backup's data, it was down for ${ms(downMs)}`,
  "plan-restored": ({ changes, planRevision }) => `wrote ${changes} keys of the Plan (revision ${planRevision})`,
  undone: ({ serverId }) => `${serverId} has the data that it had before`,
  "undo-failed": ({ serverId, problem }) => `${serverId || "the cluster"} could not be put back: ${problem}`,
  finished: ({ serverId }) => `${serverId} keeps the backup's data; what it replaced is in .failsafe`,
  "finish-failed": ({ serverId, problem }) => `${serverId} could not tidy up, it is done later: ${problem}`,
};

export function eventText(event: RunEvent): string {
  const text = texts[event.step] as (event: RunEvent) => string; // the table's type pairs each step with its event
  return text(event);
}

function ms(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(1)} ms`;
}

function progressText({ doneBytes, totalBytes }: { doneBytes: number; totalBytes: number }): string {
  return `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`;
}

function blockersText(blockers: Blocker[]): string {
  const most = blockers.slice(0, 5).map(({ serverId, id, owner, ageMs }) => {
    return `${id} on ${serverId}${owner === "" ? "" : ` of ${owner}`} (open for ${ms(ageMs)})`;
  });
  const more = blockers.length > most.length ? [`${blockers.length - most.length} more`] : [];
  return [...most, ...more].join(", ") || "somebody";
}
