// stillpoint engine check
import { Command, InvalidArgumentError, Option } from "commander";
import { runUntilSignal } from "../../runtime/shutdown.ts";
import { confirm } from "../confirm.ts";
import { exitCodes } from "../exit-codes.ts";
import { type GlobalOptions, withExample, yesOption } from "../options.ts";
import { Output } from "../output.ts";
import { configOption, configSource } from "../service.ts";

interface CheckOptions {
  config?: string;
  restore?: boolean;
  stops: number;
  yes?: boolean;
}

/** A restore that is being tried is undone first. */
const graceMs = 300_000;

export function engineCommand(): Command {
  const command = new Command("engine").description("Engines: how a database server is stopped and copied.");
  return withExample(command.addCommand(checkCommand()), "stillpoint engine check --config agent.yaml");
}

function checkCommand(): Command {
  const stops = new Option("--stops <n>", "how many stops the stall is measured with").default(20);
  const command = new Command("check")
    .description("See whether an engine does with a real server, one for staging, what a backup needs.")
    .addOption(configOption())
    .option("--restore", "restore a snapshot, too, and undo it: the server is stopped and started")
    .addOption(stops.argParser(asCount))
    .addOption(yesOption());
  return withExample(command, "stillpoint engine check --config agent.yaml --restore").action(check);
}

async function check(options: CheckOptions, self: Command): Promise<void> {
  const { restore = false, stops, yes = false } = options;
  const output = new Output(self.optsWithGlobals<GlobalOptions>().json ?? false);
  const { loadConfig } = await import("../../runtime/load-config.ts");
  const { agentConfig } = await import("../../agent/config.ts");
  const { checkEngine } = await import("../engine/check-engine.ts");
  const source = configSource(options.config);
  const config = await loadConfig(agentConfig, source);
  const deeds = `writes to server ${config.server} and stops its writes for seconds, many times`;
  output.say((look) =>
    look.paint("yellow", `this ${deeds}${restore ? ", and stops the server" : ""}: for staging only`),
  );
  if (!yes) await confirm(`check the engine of server ${config.server}?`);
  const isGood = await runUntilSignal((signal) => checkEngine(config, { source, restore, stops, signal }, output), {
    graceMs,
    report: () => {},
  });
  if (!isGood) process.exitCode = exitCodes.corrupt;
}

function asCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a number from 1 to 9999");
}
