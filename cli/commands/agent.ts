// stillpoint agent
import { Command } from "commander";
import { type GlobalOptions, withExample } from "../options.ts";
import { Output } from "../output.ts";
import { configOption, configSource, runService } from "../service.ts";

interface AgentOptions {
  config?: string;
  check?: boolean;
}

export function agentCommand(): Command {
  const command = new Command("agent")
    .description("Run the agent of one database server.")
    .addOption(configOption())
    .option("--check", "look whether it could run and take backups, and end: nothing is changed, no write is blocked");
  return withExample(
    command,
    "stillpoint agent --config agent.yaml --check",
    "stillpoint agent --config agent.yaml",
  ).action(({ config, check }: AgentOptions, self: Command) => (check ? checkOnly(config, self) : run(config)));
}

async function run(file: string | undefined): Promise<void> {
  const { agentConfig } = await import("../../agent/config.ts");
  await runService("agent", agentConfig, file, async (settings, log, stop) => {
    const { runAgent } = await import("../../agent/main.ts");
    await runAgent(settings, log, stop);
  });
}

async function checkOnly(file: string | undefined, self: Command): Promise<void> {
  const output = new Output(self.optsWithGlobals<GlobalOptions>().json ?? false);
  const { loadConfig } = await import("../../runtime/load-config.ts");
  const { agentConfig } = await import("../../agent/config.ts");
  const { checkAgent } = await import("../engine/check-agent.ts");
  process.exitCode = await checkAgent(await loadConfig(agentConfig, configSource(file)), output);
}
