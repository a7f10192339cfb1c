// The coordinator's connections to the agents.
import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";
import { AgentClients } from "../../coordinator/agent-client.ts";
import { Agent } from "../../proto/agent-contract.ts";
import type { ReleaseRequest } from "../../proto/gen/stillpoint/v1/ReleaseRequest.ts";
import type { ReleaseResponseInput } from "../../proto/gen/stillpoint/v1/ReleaseResponse.ts";

/** An agent that can do nothing but release. Gives its address. */
async function anAgent(): Promise<string> {
  const Release: handleUnaryCall<ReleaseRequest, ReleaseResponseInput> = ({ request: { round } }, reply) =>
    reply(null, { hold: { round } });
  const server = new Server();
  server.addService(Agent.service, { Release } as UntypedServiceImplementation);
  const { promise: bound, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  onTestFinished(() => server.forceShutdown());
  return `127.0.0.1:${await bound}`;
}

it("a server that left the Plan in the middle of a run can still be let go", async () => {
  const clients = new AgentClients();
  onTestFinished(() => clients.close());
  const [db1] = clients.connect([{ id: "db1", agent: await anAgent() }]);
  clients.connect([{ id: "db2", agent: await anAgent() }]); // somebody else has read a new Plan
  expect(await db1?.release({ backupId: "b", token: 7 }, 3)).toMatchObject({ round: 3 });
});
