// Agents for the contract of the agent: on real files and a fake engine, called in this process or over the wire.
import { type Client, credentials, ServerCredentials } from "@grpc/grpc-js";
import { expect, onTestFinished } from "vitest";
import { agentService } from "../../agent/service.ts";
import { AgentClients } from "../../coordinator/agent-client.ts";
import { openToAll } from "../../proto/access.ts";
import { Agent } from "../../proto/agent-contract.ts";
import { host } from "../../proto/host.ts";
import { clientOptions } from "../../proto/load.ts";
import type { AgentUnderTest } from "../contracts/agent.ts";
import { LocalAgent } from "./local-agent.ts";
import { localClient } from "./local-client.ts";
import { openTestAgent, type TestAgent } from "./test-agent.ts";

/** A test in which an agent has answered "internal" has failed. */
function handlersOf({ agent, engine, dataDir }: TestAgent) {
  const identity = { serverId: "db1", dataDir, engine: engine.kind, version: "0.1.0" };
  const unexpected: unknown[] = [];
  onTestFinished(async () => {
    await agent.close();
    expect(unexpected).toEqual([]);
  });
  return agentService(agent, identity, (error) => {
    if (!(error instanceof Error && "reason" in error && error.reason !== "internal")) unexpected.push(error);
  });
}

export async function openLocalAgent(options: { dataDir?: string; engine?: TestAgent["engine"] } = {}) {
  const opened = await openTestAgent(options);
  const client = localClient(Agent.service, handlersOf(opened));
  return underTest(opened, client, new LocalAgent(client), openLocalAgent);
}

export async function openAgentOnTheWire(options: { dataDir?: string; engine?: TestAgent["engine"] } = {}) {
  const opened = await openTestAgent(options);
  const hosted = await host({
    listen: "127.0.0.1:0",
    name: "stillpoint.v1.Agent",
    definition: Agent.service,
    handlers: handlersOf(opened),
    credentials: ServerCredentials.createInsecure(),
    access: openToAll,
    onRefused: () => {},
    check: async () => undefined,
    onHealth: () => {},
  });
  const clients = new AgentClients();
  const client = new Agent(hosted.address, credentials.createInsecure(), clientOptions);
  onTestFinished(async () => {
    clients.close();
    client.close();
    await opened.agent.close();
    await hosted.close(1_000);
  });
  const [port] = clients.connect([{ id: "db1", agent: hosted.address }]);
  if (port === undefined) throw new Error("one address gives one port");
  return underTest(opened, client, port, openAgentOnTheWire);
}

/** An agent that is started again finds the same files and the same server. It does not stop the old one: that is dead. */
function underTest(
  { engine, dataDir }: TestAgent,
  client: Client,
  port: AgentUnderTest["port"],
  open: (options: Pick<TestAgent, "dataDir" | "engine">) => Promise<AgentUnderTest>,
): AgentUnderTest {
  return { engine, dataDir, client, port, restart: () => open({ dataDir, engine }) };
}
