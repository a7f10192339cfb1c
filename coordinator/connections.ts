// What a coordinator talks to: its own port's security, the agency, the agents. Opened together, closed in reverse.
import { type ChannelSecurity, isInTheOpen } from "../runtime/channel.ts";
import type { Log } from "../runtime/log.ts";
import { fileEvents, openSecurity, type Security } from "../runtime/security.ts";
import { Tls } from "../runtime/tls.ts";
import { watchToken } from "../runtime/tokens.ts";
import type { Agency } from "./agency/agency.ts";
import { openAgency } from "./agency/open-agency.ts";
import { AgentClients } from "./agent-client.ts";
import type { CoordinatorConfig } from "./config.ts";

export interface Connections extends AsyncDisposable {
  security: Security;
  agency: Agency;
  clients: AgentClients;
}

/** @throws ConfigError or StillpointError invalid, if a file cannot be used */
export async function openConnections(config: CoordinatorConfig, log: Log): Promise<Connections> {
  await using opened = new AsyncDisposableStack();
  const security = opened.adopt(await openSecurity(config, log), (each) => each.close());
  const agency = await openAgencyOf(config, log, opened);
  const toAgents: ChannelSecurity = { tls: security.tls, insecure: config.insecure };
  if (config.agentToken !== undefined) {
    const watched = await watchToken(config.agentToken, fileEvents(log, "token for agents"));
    opened.adopt(watched, (each) => each.close());
    toAgents.token = () => watched.current;
  }
  const clients = opened.adopt(new AgentClients(toAgents), (each) => each.close());
  const kept = opened.move();
  return { security, agency, clients, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openAgencyOf(
  { agency: config }: CoordinatorConfig,
  log: Log,
  opened: AsyncDisposableStack,
): Promise<Agency> {
  const close = (each: { close(): Promise<void> }) => each.close();
  if (config.kind === "embedded") return opened.adopt(await openAgency(config), close);
  const { tls: files, ...rest } = config;
  const inTheOpen = rest.endpoints.filter((each) => isPlain(each, files));
  if (inTheOpen.length > 0)
    log.warn({ endpoints: inTheOpen }, "nothing on the way to etcd is encrypted: see agency.tls");
  if (files === undefined) return opened.adopt(await openAgency(rest), close);
  const tls = opened.adopt(await Tls.open(files, fileEvents(log, "certificates for etcd")), close);
  return opened.adopt(await openAgency({ ...rest, tls }), close);
}

function isPlain(endpoint: string, tls: unknown): boolean {
  if (endpoint.startsWith("https://")) return false;
  return isInTheOpen(endpoint.replace("http://", ""), { tls });
}
