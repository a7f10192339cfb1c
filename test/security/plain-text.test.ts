// Plain text stays on this machine, unless somebody has said that it need not: for those who listen, and those who call.
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { agentConfig } from "../../agent/config.ts";
import { AgentClients } from "../../coordinator/agent-client.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { openConnections } from "../../coordinator/connections.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { errorOf } from "../support/error-of.ts";
import { LogLines } from "../support/log-lines.ts";
import { runCli } from "../support/run-cli.ts";
import { startSecuredAgent } from "../support/secured-agent.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const tls = { ca: "/ca.crt", cert: "/tls.crt", key: "/tls.key" };
const wishes = "other machines can reach it: give tls: {ca, cert, key}, or insecure: true to go without";

function problemsOf(security: object): string[] {
  const agent = {
    server: "db1",
    dataDir: "/data",
    engine: { kind: "grpc", address: "unix:/socket" },
    files: "leveldb",
  };
  const coordinator = { agency: { kind: "embedded", file: "/agency.db" } };
  const ofAgent = agentConfig.safeParse({ ...agent, ...security }).error?.issues ?? [];
  const ofCoordinator = coordinatorConfig.safeParse({ ...coordinator, ...security }).error?.issues ?? [];
  const [forAgent, forCoordinator] = [ofAgent, ofCoordinator].map((issues) =>
    issues.map(({ path, message }) => `${path.join(".")}: ${message}`),
  );
  expect(forAgent).toEqual(forCoordinator);
  return forAgent ?? [];
}

describe("a service", () => {
  it.each(["127.0.0.1:7421", "127.255.0.9:7421", "localhost:7421", "[::1]:7421"])(
    "may listen on %s without certificates",
    (listen) => {
      expect(problemsOf({ listen })).toEqual([]);
    },
  );

  it.each([
    "0.0.0.0:7421",
    "[::]:7421",
    "10.0.0.5:7421",
    "db1.internal:7421",
    "128.0.0.1:7421",
    "localhost.evil.example:1",
  ])("may listen on %s only with certificates, or when it is told to do without", (listen) => {
    expect(problemsOf({ listen })).toEqual([`listen: ${wishes}`]);
    expect(problemsOf({ listen, tls })).toEqual([]);
    expect(problemsOf({ listen, insecure: true })).toEqual([]);
  });

  it("cannot tell names without certificates, and is not both secure and insecure", () => {
    expect(problemsOf({ roles: { viewer: ["me"] } })).toEqual([
      "roles: goes with tls only: without certificates nobody has a name",
    ]);
    expect(problemsOf({ tls, insecure: true })).toEqual(["insecure: does not go with tls"]);
    expect(problemsOf({ tls, roles: { viewer: ["me"] } })).toEqual([]);
  });

  it("that is told to do without says so at its start", async () => {
    const lines = new LogLines();
    await startSecuredAgent({ listen: "0.0.0.0:0", insecure: true }, lines.log);
    const warning = "insecure: plain text may go to and come from other machines";
    expect(lines.lines).toContainEqual(expect.objectContaining({ level: 40, msg: warning, listen: "0.0.0.0:0" }));
  });
});

it("a command on this machine does not send its text through a proxy", async () => {
  const agency = { kind: "embedded", file: join(await temporaryDirectory(), "agency.db") };
  const config = coordinatorConfig.parse({ listen: "127.0.0.1:0", agency });
  const coordinator = await startCoordinator(config, new LogLines().log, () => {});
  onTestFinished(() => coordinator.close());
  await using proxy = await TcpProxy.start();
  const env = { http_proxy: `http://${proxy.endpoint}` };
  const { stderr } = await runCli(["cancel", "--coordinator", coordinator.address], { env });
  expect(stderr).toContain("this coordinator runs nothing");
});

describe("a coordinator", () => {
  const far = { id: "db1", agent: "10.0.0.5:7421" };
  const near = { id: "db2", agent: "127.0.0.1:7421" };

  it("does not call an agent on another machine in plain text, and says which", () => {
    const clients = new AgentClients();
    expect(errorOf(() => clients.connect([near, far]))).toMatchObject({
      reason: "invalid",
      message: 'server "db1": plain text must not go to its agent at "10.0.0.5:7421"',
      hint: "give the coordinator tls: {ca, cert, key}, or insecure: true to go without",
    });
    expect(clients.connect([near])).toHaveLength(1);
    clients.close();
  });

  it("does so when it is told to", () => {
    const clients = new AgentClients({ insecure: true });
    expect(clients.connect([near, far])).toHaveLength(2);
    clients.close();
  });

  it("says at its start that the way to etcd is open", async () => {
    const warned = async (endpoint: string) => {
      const lines = new LogLines();
      const config = coordinatorConfig.parse({ agency: { kind: "etcd", endpoints: [endpoint, "127.0.0.1:1"] } });
      await using _connections = await openConnections(config, lines.log);
      return lines.lines.map(({ endpoints }) => endpoints);
    };
    expect(await warned("http://etcd1:2379")).toEqual([["http://etcd1:2379"]]);
    expect(await warned("https://etcd1:2379")).toEqual([]);
    expect(await warned("localhost:2379")).toEqual([]);
  });
});
