// Every method of every service, and everybody who may knock at the port. The cases come from the table of roles, and the
// table is held against what the servers offer, so that no method can be forgotten.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentConfig } from "../../agent/config.ts";
import { startAgent } from "../../agent/main.ts";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { Agent } from "../../proto/agent-contract.ts";
import { Coordinator } from "../../proto/coordinator-contract.ts";
import { roleOfMethod } from "../../proto/roles.ts";
import { Authority } from "../support/certificates.ts";
import { knock } from "../support/knock.ts";
import { LogLines } from "../support/log-lines.ts";

const reflection = ["v1", "v1alpha"].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);
const pathsOf = (service: object) => Object.values(service).map(({ path }: { path: string }) => path);
const common = [...pathsOf(healthService), ...reflection];
const offered = {
  agent: [...pathsOf(Agent.service), ...common],
  coordinator: [...pathsOf(Coordinator.service), ...common],
};

/** Who knocks, and the roles whose methods are for him. */
const callers: Record<string, string[]> = {
  viewer: ["viewer"],
  operator: ["viewer", "operator"],
  coordinator: ["viewer", "coordinator"],
  nobody: [],
};
const kinds = Object.keys(offered) as (keyof typeof offered)[];
const cases = kinds.flatMap((kind) =>
  offered[kind].map((path) => ({ kind, path, role: roleOfMethod.get(path) ?? "" })),
);

const resources = new AsyncDisposableStack();
const logs = { agent: new LogLines(), coordinator: new LogLines() };
/** By service and by who it is. */
const clients = new Map<string, Client>();

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "stillpoint-roles-"));
  resources.defer(() => rm(directory, { recursive: true }));
  const ours = resources.use(await Authority.make());
  const theirs = resources.use(await Authority.make());
  for (const name of Object.keys(callers)) await ours.issue(name);
  await ours.issue("expired", { days: -1 });
  await theirs.issue("coordinator");
  const addresses = await startServices(directory, ours);
  const credentials = new Map([["without certificate", await ours.credentials()]]);
  for (const name of [...Object.keys(callers), "expired"]) credentials.set(name, await ours.credentials(name));
  credentials.set("wrong CA", await theirs.strangerTo(ours, "coordinator"));
  for (const kind of kinds) {
    for (const [who, own] of credentials) {
      const client = resources.adopt(new Client(addresses[kind], own), (each) => each.close());
      clients.set(`${kind} ${who}`, client);
    }
  }
});

afterAll(() => resources.disposeAsync());

async function startServices(directory: string, authority: Authority) {
  const close = (each: { close(): Promise<void> }) => each.close();
  const engine = { kind: "exec", stop: ["true"], resume: ["true"] };
  const tls = authority.files("nobody");
  const settings = { server: "db1", listen: "127.0.0.1:0", dataDir: directory, engine, files: "leveldb", tls };
  const agent = await startAgent(agentConfig.parse(settings), logs.agent.log, () => {});
  resources.adopt(agent, close);
  const agency = { kind: "embedded", file: join(directory, "agency.db") };
  const config = coordinatorConfig.parse({ listen: "127.0.0.1:0", agency, tls });
  const coordinator = await startCoordinator(config, logs.coordinator.log, () => {});
  resources.adopt(coordinator, close);
  return { agent: agent.address, coordinator: coordinator.address };
}

function clientOf(kind: string, who: string): Client {
  return clients.get(`${kind} ${who}`) as Client;
}

describe("the table of roles", () => {
  it("has every method that a server offers, and no other", () => {
    expect([...roleOfMethod.keys()].sort()).toEqual([...new Set([...offered.agent, ...offered.coordinator])].sort());
  });

  it("lets viewers do these things alone, and operators these", () => {
    const withRole = (wanted: string) => [...roleOfMethod].filter(([, role]) => role === wanted).map(([path]) => path);
    const agents = ["Describe", "ListPieces", "VerifyPiece"].map((name) => `/stillpoint.v1.Agent/${name}`);
    const names = ["ListBackups", "GetBackup", "VerifyBackup", "GetStatus"];
    const coordinators = names.map((name) => `/stillpoint.v1.Coordinator/${name}`);
    expect(withRole("viewer").sort()).toEqual([...agents, ...coordinators, ...common].sort());
    const changes = ["CreateBackup", "RestoreBackup", "DeleteBackup", "CancelBackup", "GetPlan", "ApplyPlan"];
    expect(withRole("operator").sort()).toEqual(changes.map((name) => `/stillpoint.v1.Coordinator/${name}`).sort());
  });
});

describe.each(["without certificate", "wrong CA", "expired"])("a caller who comes as: %s", (who) => {
  it.each(cases)("does not get to the $kind's $path", async ({ kind, path }) => {
    expect((await knock(clientOf(kind, who), path)).outcome).toBe("unreachable");
  });
});

describe.each(Object.entries(callers))("%s", (who, own) => {
  it.each(cases.filter(({ role }) => own.includes(role)))("may call the $kind's $path", async ({ kind, path }) => {
    expect((await knock(clientOf(kind, who), path)).outcome).toBe("answered");
  });

  it.each(cases.filter(({ role }) => !own.includes(role)))(
    "may not call the $kind's $path, and learns the role that it needs",
    async ({ kind, path, role }) => {
      const { outcome, message, hint } = await knock(clientOf(kind, who), path);
      expect(outcome).toBe("denied");
      expect(message).toContain(`${path.slice(1)} needs the role "${role}"; the caller is "${who}"`);
      expect(hint).toContain("roles");
      const line = logs[kind].audit.findLast(({ action, who: name }) => action === path.slice(1) && name === who);
      expect(line).toMatchObject({
        outcome: "denied",
        problem: message,
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      });
    },
  );
});
