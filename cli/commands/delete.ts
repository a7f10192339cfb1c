// stillpoint delete ID
import { Command } from "commander";
import { formatBytes } from "../../runtime/units.ts";
import { confirm } from "../confirm.ts";
import { backupIdArgument, withExample, yesOption } from "../options.ts";
import { withCoordinator } from "../session.ts";

export function deleteCommand(): Command {
  const command = new Command("delete")
    .description("Delete a backup from all servers.")
    .addArgument(backupIdArgument())
    .addOption(yesOption());
  return withExample(command, "stillpoint delete 2026-11-22T15.04.05.123Z_nightly --yes").action(
    async (id: string, { yes = false }: { yes?: boolean }, self: Command) => {
      if (!yes) await confirm(`delete backup ${id} from all servers?`);
      await withCoordinator(self, async ({ client, output }) => {
        const { serverIds, bytes } = await client.deleteBackup(id);
        const text = `deleted ${id} from ${serverIds.join(", ") || "no server"}: ${formatBytes(bytes)}`;
        output.result({ id, serverIds, bytes }, () => text);
      });
    },
  );
}
