// A backup, for a person.

import { formatBytes } from "../runtime/units.ts";
import { formatCount, formatDate, formatMs } from "./format.ts";
import type { BackupJson } from "./json.ts";
import type { Format, Look } from "./output.ts";
import { table } from "./table.ts";

const stateFormats: Record<string, Format> = { COMPLETE: "green", PARTIAL: "yellow", INCONSISTENT: "red" };

export function stateText(state: string, look: Look): string {
  return look.paint(stateFormats[state] ?? "yellow", state);
}

export function backupText(backup: BackupJson, look: Look): string {
  const { id, state, nrDBServers, nrFiles, sizeInBytes } = backup;
  const size = `${formatBytes(sizeInBytes)}, ${formatCount(nrFiles, "file")} on ${formatCount(nrDBServers, "server")}`;
  const parts = [
    `${look.paint("bold", id)}  ${stateText(state, look)}`,
    `begun      ${formatDate(backup.datetime)}\nsize       ${size}\nplan       revision ${backup.planRevision}`,
    serversTable(backup, look),
    deadTimeText(backup),
    ...(backup.rounds.length > 0 ? [roundsTable(backup, look)] : []),
    ...inTheWay(backup),
    ...problems(backup, look),
  ];
  return parts.join("\n\n");
}

function serversTable({ servers }: BackupJson, look: Look): string {
  const titles = ["stall", "lock wait", "held", "links", "longest write", "files", "size"];
  const right = titles.map((title) => ({ right: title }));
  const rows = servers.map((server) => {
    if (!server.present) return [server.id, "missing", ...titles.slice(1).map(() => "-")];
    const times = [server.stallMs, server.lockWaitMs, server.heldMs, server.snapshotMs].map(formatMs);
    const longest = server.longestBlockedWriteMs > 0 ? formatMs(server.longestBlockedWriteMs) : "-";
    return [server.id, ...times, longest, server.files.toLocaleString("en-US"), formatBytes(server.bytes)];
  });
  return table(["server", ...right], rows, look);
}

function deadTimeText({ deadTimeMs, rounds }: BackupJson): string {
  const failed = rounds.filter(({ outcome }) => outcome !== "held");
  const inVain = failed.reduce((sum, round) => sum + round.deadTimeMs, 0);
  const all = `dead time  ${formatMs(deadTimeMs)} in ${formatCount(rounds.length, "round")}`;
  return failed.length === 0
    ? all
    : `${all}, ${formatMs(inVain)} of it in ${formatCount(failed.length, "round")} that failed`;
}

function roundsTable({ rounds }: BackupJson, look: Look): string {
  const rows = rounds.map(({ round, outcome, waitMs, deadTimeMs, firstServerIds }) => {
    return [String(round), outcome, formatMs(waitMs), formatMs(deadTimeMs), firstServerIds.join(", ")];
  });
  return table([{ right: "round" }, "outcome", { right: "wait" }, { right: "dead time" }, "locked first"], rows, look);
}

function inTheWay({ rounds }: BackupJson): string[] {
  const lines = rounds.flatMap(({ round, blockers }) =>
    blockers.map(({ serverId, id, ageMs, owner, description }) => {
      const what = [`${serverId}: ${id}`, `open for ${formatMs(ageMs)}`, owner, description].filter(
        (text) => text !== "",
      );
      return `  round ${round}, ${what.join(", ")}`;
    }),
  );
  return lines.length === 0 ? [] : [`in the way:\n${lines.join("\n")}`];
}

function problems({ servers, problems: general }: BackupJson, look: Look): string[] {
  const ofServers = servers.filter(({ problem }) => problem !== "").map(({ id, problem }) => `${id}: ${problem}`);
  const lines = [...general, ...ofServers].map((problem) => `  ${look.paint("yellow", problem)}`);
  return lines.length === 0 ? [] : [`problems:\n${lines.join("\n")}`];
}
