// stillpoint agent
import { Command } from "commander";
import { withExample } from "../options.ts";
import { configOption, runService } from "../service.ts";

export function agentCommand(): Command {
  const command = new Command("agent").description("Run the agent of one database server.").addOption(configOption());
  return withExample(command, "stillpoint agent --config agent.yaml").action(
    async ({ config }: { config?: string }) => {
      const { agentConfig } = await import("../../agent/config.ts");
      await runService("agent", agentConfig, config, async (settings, log, stop) => {
        const { runAgent } = await import("../../agent/main.ts");
        await runAgent(settings, log, stop);
      });
    },
  );
}
