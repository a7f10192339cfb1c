// stillpoint certs init [DIR]
import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { type GlobalOptions, withExample } from "../options.ts";
import { Output } from "../output.ts";

const usualDirectory = "stillpoint-certs";

export function certsCommand(): Command {
  const command = new Command("certs").description("Make certificates to try TLS with.");
  return withExample(command.addCommand(initCommand()), "stillpoint certs init certs --host db1.internal");
}

function initCommand(): Command {
  const host = new Option("--host <name>", "DNS name or IP address where an agent or coordinator serves; repeatable");
  const command = new Command("init")
    .description("Make a CA and certificates for coordinator, agent, operator and viewer, in a new directory.")
    .argument("[directory]", "where", usualDirectory)
    .addOption(
      host.argParser((text: string, before: string[]) => [...before, asHost(text)]).default([], "this machine"),
    );
  return withExample(command, "stillpoint certs init certs --host db1.internal --host db2.internal").action(init);
}

async function init(directory: string, { host }: { host: string[] }, self: Command): Promise<void> {
  const output = new Output(self.optsWithGlobals<GlobalOptions>().json ?? false);
  const { initCertificates } = await import("../certs/init.ts");
  const names = await initCertificates(directory, host);
  const full = resolve(directory);
  output.result({ directory: full, names }, () => usage(full));
}

function usage(directory: string): string {
  const tls = (name: string) => {
    const [ca, cert, key] = ["ca.crt", "tls.crt", "tls.key"].map((file) => `${directory}/${name}/${file}`);
    return `tls: { ca: ${ca}, cert: ${cert}, key: ${key} }`;
  };
  return [
    `made a CA and four certificates in ${directory}`,
    "",
    `agent.yaml        ${tls("agent")}`,
    `coordinator.yaml  ${tls("coordinator")}`,
    `you               stillpoint --tls ${directory}/operator status`,
    `who only looks    stillpoint --tls ${directory}/viewer status`,
    "",
    `Each machine needs its own directory only; keep ${directory}/ca.key away from all of them.`,
  ].join("\n");
}

function asHost(text: string): string {
  if (/^[A-Za-z0-9._:*-]+$/.test(text)) return text;
  throw new InvalidArgumentError("must be a DNS name or an IP address");
}
