// stillpoint coordinator
import { Command } from "commander";
import { withExample } from "../options.ts";
import { configOption, runService } from "../service.ts";

export function coordinatorCommand(): Command {
  const command = new Command("coordinator").description("Run a coordinator.").addOption(configOption());
  return withExample(command, "stillpoint coordinator --config coordinator.yaml").action(
    async ({ config }: { config?: string }) => {
      const { coordinatorConfig } = await import("../../coordinator/config.ts");
      await runService("coordinator", coordinatorConfig, config, async (settings, log, stop) => {
        const { runCoordinator } = await import("../../coordinator/main.ts");
        await runCoordinator(settings, log, stop);
      });
    },
  );
}
