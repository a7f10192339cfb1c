// All commands of `stillpoint`, and the options that all of them have.
import { Command, type Help } from "commander";
import { version } from "../proto/version.ts";
import { agentCommand } from "./commands/agent.ts";
import { cancelCommand } from "./commands/cancel.ts";
import { certsCommand } from "./commands/certs.ts";
import { coordinatorCommand } from "./commands/coordinator.ts";
import { createCommand } from "./commands/create.ts";
import { deleteCommand } from "./commands/delete.ts";
import { demoCommand } from "./commands/demo.ts";
import { engineCommand } from "./commands/engine.ts";
import { healthCommand } from "./commands/health.ts";
import { listCommand } from "./commands/list.ts";
import { planCommand } from "./commands/plan.ts";
import { restoreCommand } from "./commands/restore.ts";
import { showCommand } from "./commands/show.ts";
import { statusCommand } from "./commands/status.ts";
import { verifyCommand } from "./commands/verify.ts";
import { coordinatorOption, withExample } from "./options.ts";
import { securityOptions } from "./security.ts";

const commands = {
  "Backups:": [createCommand, listCommand, showCommand, verifyCommand, restoreCommand, deleteCommand, cancelCommand],
  "Cluster:": [
    statusCommand,
    planCommand,
    agentCommand,
    coordinatorCommand,
    engineCommand,
    healthCommand,
    certsCommand,
  ],
  "To try it:": [demoCommand],
};

export function createProgram(): Command {
  const program = new Command("stillpoint")
    .description("Consistent hot backups of a whole cluster of database servers.")
    .version(version)
    .addOption(coordinatorOption())
    .option("--json", "print exactly one JSON document on stdout, everything else on stderr");
  for (const option of securityOptions()) program.addOption(option);
  for (const [heading, creators] of Object.entries(commands)) {
    for (const create of creators) program.addCommand(create().helpGroup(heading));
  }
  withExample(program, "stillpoint create --label nightly", "stillpoint status --json");
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)])
    settle(command);
  return program;
}

/** Errors are thrown, and reported in one place (report-error.ts); help shows the options of all commands too. */
function settle(command: Command): void {
  const help: Partial<Help> = { showGlobalOptions: true };
  command
    .exitOverride()
    .configureHelp(help)
    .configureOutput({ outputError: () => {} });
}
