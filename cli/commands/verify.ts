// stillpoint verify ID
import { Command } from "commander";
import { formatBytes } from "../../runtime/units.ts";
import { exitCodes } from "../exit-codes.ts";
import { followRun } from "../follow-run.ts";
import { formatCount } from "../format.ts";
import { verdictJson } from "../json.ts";
import { backupIdArgument, withExample } from "../options.ts";
import type { Look } from "../output.ts";
import { withCoordinator } from "../session.ts";

export function verifyCommand(): Command {
  const command = new Command("verify")
    .description("Check a backup's sizes, checksums, dump, and that all pieces show one cut.")
    .addArgument(backupIdArgument());
  return withExample(command, "stillpoint verify 2026-11-22T15.04.05.123Z_nightly").action(
    (id: string, _options: object, self: Command) =>
      withCoordinator(self, async (session) => {
        const messages = (left: AbortSignal) => session.client.verifyBackup(id, left);
        const verdict = verdictJson(await followRun(messages, (message) => message.verdict, session));
        session.output.result(verdict, (look) => verdictText(verdict, look));
        if (!verdict.valid) process.exitCode = exitCodes.corrupt;
      }),
  );
}

function verdictText({ id, valid, problems, files, bytes }: ReturnType<typeof verdictJson>, { paint }: Look): string {
  const checked = `${formatCount(files, "file")}, ${formatBytes(bytes)} checked`;
  const verdict = valid ? paint("green", "valid") : paint("red", "NOT VALID");
  return [
    `${paint("bold", id)}  ${verdict}, ${checked}`,
    ...problems.map((problem) => `  ${paint("red", problem)}`),
  ].join("\n");
}
