// The cluster's state, for a person.

import { formatBytes } from "../runtime/units.ts";
import { formatDate, formatMs } from "./format.ts";
import type { StatusJson } from "./json.ts";
import type { Look } from "./output.ts";
import { table } from "./table.ts";

type Server = StatusJson["servers"][number];

export function statusText(status: StatusJson, look: Look): string {
  const { coordinator, version, planRevision, servers } = status;
  const parts = [
    `coordinator  ${coordinator}, version ${version}\nplan         revision ${planRevision}\nclaim        ${claimText(status)}`,
    servers.length === 0
      ? 'no servers in the Plan: write it with "stillpoint plan apply FILE"'
      : serversTable(servers, look),
    ...problemsOf(status, look),
  ];
  return parts.join("\n\n");
}

function claimText({ claim }: StatusJson): string {
  if (claim === null) return "free";
  return `${claim.holder} has it to ${claim.purpose} ${claim.backupId}, since ${formatDate(claim.since)}`;
}

function serversTable(servers: readonly Server[], look: Look): string {
  const columns = [
    ...["server", "agent", "engine", "health", "hold"],
    ...["open writes", "oldest", "free", "pieces"].map((title) => ({ right: title })),
  ];
  const rows = servers.map((server) => [
    ...[server.id, server.agent, [server.engine ?? "-", server.engineVersion].join(" ").trim()],
    ...[healthText(server, look), holdText(server, look)],
    ...[orDash(server.openWrites, String), orDash(server.oldestWriteMs, formatMs)],
    ...[orDash(server.freeBytes, formatBytes), orDash(server.pieces, String)],
  ]);
  return table(columns, rows, look);
}

function healthText({ reachable, healthy }: Server, { paint }: Look): string {
  if (!reachable) return paint("red", "unreachable");
  return healthy ? paint("green", "ok") : paint("red", "not healthy");
}

function holdText({ hold }: Server, { paint }: Look): string {
  if (hold === null) return "-";
  if (hold.phase === "FREE") return "free";
  const times = hold.phase === "HELD" ? ` for ${formatMs(hold.heldMs)}, ends in ${formatMs(hold.endsInMs)}` : "";
  return paint("yellow", `${hold.phase.toLowerCase()}, round ${hold.round}${times}`);
}

function problemsOf({ servers, jobs }: StatusJson, { paint }: Look): string[] {
  const ofServers = servers.filter(({ problem }) => problem !== "").map(({ id, problem }) => `${id}: ${problem}`);
  const ofJobs = jobs
    .filter(({ unsettled }) => unsettled)
    .map(({ backupId, phase, holder }) => `the run of ${backupId} that ${holder} left (${phase}) is not settled yet`);
  const lines = [...ofJobs, ...ofServers].map((line) => `  ${paint("yellow", line)}`);
  return lines.length === 0 ? [] : [`problems:\n${lines.join("\n")}`];
}

function orDash<T>(value: T | null, text: (value: T) => string): string {
  return value === null ? "-" : text(value);
}
