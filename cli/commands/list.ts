// stillpoint list
import { Command } from "commander";
import { formatBytes } from "../../runtime/units.ts";
import { stateText } from "../backup-text.ts";
import { formatDate, formatMs } from "../format.ts";
import { type ListJson, listJson } from "../json.ts";
import { withExample } from "../options.ts";
import type { Look } from "../output.ts";
import { withCoordinator } from "../session.ts";
import { table } from "../table.ts";

export function listCommand(): Command {
  const command = new Command("list").description("List the backups, newest first.");
  return withExample(command, "stillpoint list").action((_options: object, self: Command) =>
    withCoordinator(self, async ({ client, output }) => {
      const list = listJson(await client.listBackups());
      output.result(list, (look) => listText(list, look));
    }),
  );
}

function listText({ backups, unreachable }: ListJson, look: Look): string {
  const columns = ["id", "state", "begun", { right: "size" }, { right: "servers" }, { right: "dead time" }];
  const rows = backups.map((backup) => {
    const present = backup.servers.filter((server) => server.present).length;
    const servers = present === backup.nrDBServers ? String(present) : `${present} of ${backup.nrDBServers}`;
    const begun = formatDate(backup.datetime);
    return [
      backup.id,
      stateText(backup.state, look),
      begun,
      formatBytes(backup.sizeInBytes),
      servers,
      formatMs(backup.deadTimeMs),
    ];
  });
  const warnings = unreachable.map(({ id, problem }) => look.paint("yellow", `cannot ask server ${id}: ${problem}`));
  return [rows.length === 0 ? "there are no backups" : table(columns, rows, look), ...warnings].join("\n");
}
