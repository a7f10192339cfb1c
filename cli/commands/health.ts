// stillpoint health [ADDRESS]
import { Argument, Command, InvalidArgumentError } from "commander";
import { StillpointError } from "../../proto/errors.ts";
import { parseAddress } from "../../runtime/address.ts";
import { type GlobalOptions, withExample } from "../options.ts";
import { Output } from "../output.ts";

/** What the image sets, for the service and for this command alike. */
const variable = "STILLPOINT_HEALTH_LISTEN";

export function healthCommand(): Command {
  const command = new Command("health")
    .description("Ask a service on this machine whether it could do its work now, as containers do again and again.")
    .addArgument(
      new Argument("[address]", "HOST:PORT of its healthListen").argParser(asAddress).default(undefined, variable),
    );
  return withExample(command, "stillpoint health 127.0.0.1:7422").action(health);
}

async function health(argument: string | undefined, _options: object, self: Command): Promise<void> {
  const address = argument ?? process.env[variable];
  if (address === undefined) throw new StillpointError("invalid", `give an address, or set ${variable}`);
  const output = new Output(self.optsWithGlobals<GlobalOptions>().json ?? false);
  const { askHealth } = await import("../../proto/ask-health.ts"); // gRPC takes a while to load
  const status = await askHealth(asAddress(address));
  if (status !== "SERVING") throw new StillpointError("unreachable", `the service at ${address} is ${status}`);
  output.result({ address, status }, () => `${address} is SERVING`);
}

function asAddress(text: string): string {
  try {
    parseAddress(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as RangeError).message);
  }
}
