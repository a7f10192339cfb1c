// stillpoint status
import { Command } from "commander";
import { statusJson } from "../json.ts";
import { withExample } from "../options.ts";
import { withCoordinator } from "../session.ts";
import { statusText } from "../status-text.ts";

export function statusCommand(): Command {
  const command = new Command("status").description("Show who holds the claim, and what every server is doing.");
  return withExample(command, "stillpoint status --coordinator backup1:7420 --tls certs/viewer").action(
    (_options: object, self: Command) =>
      withCoordinator(self, async ({ client, output }) => {
        const status = statusJson(await client.getStatus());
        output.result(status, (look) => statusText(status, look));
      }),
  );
}
