// stillpoint restore ID
import { Command } from "commander";
import { confirm } from "../confirm.ts";
import { followRun } from "../follow-run.ts";
import { formatCount, formatMs } from "../format.ts";
import { type RestoreJson, restoreJson } from "../json.ts";
import { backupIdArgument, serverMapOption, withExample, yesOption } from "../options.ts";
import type { Look } from "../output.ts";
import { withCoordinator } from "../session.ts";
import { table } from "../table.ts";

interface RestoreOptions {
  dryRun?: boolean;
  map: Record<string, string>;
  ignoreVersion?: boolean;
  allowInconsistent?: boolean;
  yes?: boolean;
}

export function restoreCommand(): Command {
  const command = new Command("restore")
    .description("Put all servers and the Plan back to a backup, or none of them.")
    .addArgument(backupIdArgument())
    .option("--dry-run", "check everything, change nothing")
    .addOption(serverMapOption())
    .option("--ignore-version", "although the servers have another version than in the backup")
    .option("--allow-inconsistent", "although the backup was taken without a lock")
    .addOption(yesOption());
  return withExample(command, "stillpoint restore 2026-11-22T15.04.05.123Z_nightly --map db3=db4 --dry-run").action(
    restore,
  );
}

async function restore(id: string, options: RestoreOptions, self: Command): Promise<void> {
  const { dryRun = false, map, yes = false, ignoreVersion = false, allowInconsistent = false } = options;
  if (!dryRun && !yes) await confirm(`replace the data of all servers by backup ${id}?`);
  await withCoordinator(self, async (session) => {
    const request = { id, dryRun, serverMap: map, ignoreVersion, allowInconsistent };
    const messages = (left: AbortSignal) => session.client.restoreBackup(request, left);
    const result = restoreJson(await followRun(messages, (message) => message.result, session));
    session.output.result(result, (look) => restoreText(result, look));
  });
}

function restoreText({ id, dryRun, planRevision, planChanges, servers }: RestoreJson, look: Look): string {
  const [head, keys] = [look.paint("bold", id), formatCount(planChanges, "key")];
  const rows = servers.map((server) => [
    server.id,
    server.pieceServerId,
    formatMs(server.downMs),
    server.failsafeDir || "-",
  ]);
  return [
    dryRun ? `${head}  can be restored; nothing was changed` : `${head}  ${look.paint("green", "restored")}`,
    table(["server", "piece of", { right: "stopped for" }, "old data"], rows, look),
    `the Plan, revision ${planRevision}: ${keys} ${dryRun ? "would be changed" : "changed"}`,
  ].join("\n\n");
}
