// stillpoint plan show, stillpoint plan apply FILE
import { Command } from "commander";
import { readTextFile } from "../../runtime/yaml-file.ts";
import { formatCount } from "../format.ts";
import { appliedJson, planJson } from "../json.ts";
import { withExample } from "../options.ts";
import { formatPlanFile, parsePlanFile } from "../plan-file.ts";
import { withCoordinator } from "../session.ts";

export function planCommand(): Command {
  const command = new Command("plan").description("Read or write the cluster's Plan.");
  return withExample(command.addCommand(showCommand()).addCommand(applyCommand()), "stillpoint plan show > plan.yaml");
}

function showCommand(): Command {
  const command = new Command("show").description("Print the Plan, as YAML that apply takes.");
  return withExample(command, "stillpoint plan show").action((_options: object, self: Command) =>
    withCoordinator(self, async ({ client, output }) => {
      const plan = planJson(await client.getPlan());
      output.result(plan, () => `# revision ${plan.revision}\n${formatPlanFile(plan.entries)}`);
    }),
  );
}

function applyCommand(): Command {
  const command = new Command("apply")
    .description("Write the sections of a YAML file to the Plan; sections that are not in it stay as they are.")
    .argument("<file>", 'such as: DBServers: { db1: { agent: "127.0.0.1:7421" } }');
  return withExample(command, "stillpoint plan apply plan.yaml").action(
    async (file: string, _options: object, self: Command) => {
      const entries = parsePlanFile((await readTextFile(file)).text, file);
      await withCoordinator(self, async ({ client, output }) => {
        const values = entries.map(({ key, value }) => ({ key, value: Buffer.from(value) }));
        const applied = appliedJson(await client.applyPlan(values));
        const { revision, written, removed } = applied;
        const text = `the Plan, revision ${revision}: ${formatCount(written.length, "key")} written, ${removed.length} removed`;
        output.result(applied, () => text);
      });
    },
  );
}
