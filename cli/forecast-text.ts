// How a backup would begin, for a person.
import { formatDate, formatMs } from "./format.ts";
import type { ForecastJson } from "./json.ts";
import type { Look } from "./output.ts";
import { table } from "./table.ts";

export function forecastText(forecast: ForecastJson, look: Look): string {
  const { text, blockers, silentServerIds, claim } = forecast;
  return [
    `${look.paint("bold", forecast.occasion)}  ${text}`,
    blockers.length === 0 ? "no write transaction is in the way now" : blockersTable(forecast, look),
    ...(silentServerIds.length === 0 ? [] : [`cannot tell their open writes: ${silentServerIds.join(", ")}`]),
    ...(claim === null ? [] : [look.paint("yellow", claimText(claim))]),
    "nothing was claimed, made or blocked",
  ].join("\n\n");
}

function blockersTable({ blockers }: ForecastJson, look: Look): string {
  const rows = blockers.map(({ serverId, id, ageMs, owner, description }) => [
    ...[serverId, id, formatMs(ageMs)],
    [owner, description].filter((text) => text !== "").join(", "),
  ]);
  return table(["server", "write transaction", { right: "open for" }, "by"], rows, look);
}

function claimText({ holder, purpose, backupId, since }: NonNullable<ForecastJson["claim"]>): string {
  const taken = `${holder} has the cluster to ${purpose} ${backupId}, since ${formatDate(since)}`;
  return `${taken}: until that is over, a backup would be refused`;
}
