// stillpoint cancel [ID]
import { Command } from "commander";
import { backupIdArgument, withExample } from "../options.ts";
import { withCoordinator } from "../session.ts";

export function cancelCommand(): Command {
  const command = new Command("cancel")
    .description("Cancel a run and wait until nothing is left of it. Without an id: whatever the coordinator runs.")
    .addArgument(backupIdArgument("[id]"));
  return withExample(command, "stillpoint cancel").action((id: string | undefined, _options: object, self: Command) =>
    withCoordinator(self, async ({ client, output }) => {
      const { id: cancelled } = await client.cancelBackup(id ?? "");
      output.result({ id: cancelled }, () => `cancelled ${cancelled}`);
    }),
  );
}
