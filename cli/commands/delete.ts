// stillpoint delete ID
import { Command } from "commander";
import { StillpointError } from "../../proto/errors.ts";
import { formatBytes } from "../../runtime/units.ts";
import { confirm } from "../confirm.ts";
import { backupIdArgument, withExample, yesOption } from "../options.ts";
import { isDeleted } from "../run-fate.ts";
import { type Session, withCoordinator } from "../session.ts";

export function deleteCommand(): Command {
  const command = new Command("delete")
    .description("Delete a backup from all servers.")
    .addArgument(backupIdArgument())
    .addOption(yesOption());
  return withExample(command, "stillpoint delete 2026-11-22T15.04.05.123Z_nightly --yes").action(
    async (id: string, { yes = false }: { yes?: boolean }, self: Command) => {
      if (!yes) await confirm(`delete backup ${id} from all servers?`);
      await withCoordinator(self, async (session) => {
        const deleted = await deleteOrTell(id, session);
        session.output.result({ id, ...deleted }, () => deletedText(id, deleted));
      });
    },
  );
}

/** What is not known, because the call was left before it was answered, is null. */
interface Deleted {
  serverIds: string[] | null;
  bytes: number | null;
}

/** To leave the call cancels the deletion, unless it was decided before; so which of both it was is asked for. */
async function deleteOrTell(id: string, { client, output, stop }: Session): Promise<Deleted> {
  try {
    return await client.deleteBackup(id);
  } catch (error) {
    if (!stop.aborted) throw error;
  }
  if (!(await isDeleted(client, id))) {
    const hint = `stillpoint delete ${id} begins again`;
    throw new StillpointError("cancelled", `backup "${id}" is still there: its deletion was cancelled`, { hint });
  }
  output.say("too late to cancel: it was decided before, and is done");
  return { serverIds: null, bytes: null };
}

function deletedText(id: string, { serverIds, bytes }: Deleted): string {
  if (serverIds === null || bytes === null) return `deleted ${id}`;
  return `deleted ${id} from ${serverIds.join(", ") || "no server"}: ${formatBytes(bytes)}`;
}
