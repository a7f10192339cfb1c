// stillpoint show ID
import { Command } from "commander";
import { backupText } from "../backup-text.ts";
import { formatMs } from "../format.ts";
import { type DetailedBackupJson, detailedBackupJson } from "../json.ts";
import { backupIdArgument, withExample } from "../options.ts";
import type { Look } from "../output.ts";
import { withCoordinator } from "../session.ts";
import { table } from "../table.ts";

export function showCommand(): Command {
  const command = new Command("show").description("Show one backup with its pieces.").addArgument(backupIdArgument());
  return withExample(command, "stillpoint show 2026-11-22T15.04.05.123Z_nightly").action(
    (id: string, _options: object, self: Command) =>
      withCoordinator(self, async ({ client, output }) => {
        const backup = detailedBackupJson(await client.getBackup(id));
        output.result(backup, (look) => `${backupText(backup, look)}\n\n${holdsTable(backup, look)}`);
      }),
  );
}

function holdsTable({ servers }: DetailedBackupJson, look: Look): string {
  const rows = servers.map(({ id, engine, engineVersion, cutAt, hold }) => {
    const times = hold === null ? ["-", "-"] : [formatMs(hold.heldMs), hold.unbroken ? "yes" : "no"];
    return [
      id,
      [engine ?? "-", engineVersion].join(" ").trim(),
      hold?.heldAt ?? "-",
      cutAt ?? "-",
      hold?.endedAt ?? "-",
      ...times,
    ];
  });
  return table(["server", "engine", "held at", "cut at", "let go at", { right: "held" }, "unbroken"], rows, look);
}
