// Certificates and tokens that change while a service runs: the next connection, in either direction, goes by the new ones.
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";
import { AgentClients } from "../../coordinator/agent-client.ts";
import { fileEvents } from "../../runtime/security.ts";
import { Tls } from "../../runtime/tls.ts";
import { Authority } from "../support/certificates.ts";
import { rejectionOf } from "../support/error-of.ts";
import { knock } from "../support/knock.ts";
import { LogLines } from "../support/log-lines.ts";
import { mountedSecret } from "../support/mounted-secret.ts";
import { startSecuredAgent } from "../support/secured-agent.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const describeAgent = "/stillpoint.v1.Agent/Describe";
const forever = new AbortController().signal;

async function authority(...names: string[]): Promise<Authority> {
  const made = await Authority.make();
  onTestFinished(() => made[Symbol.asyncDispose]());
  for (const name of names) await made.issue(name);
  return made;
}

async function clientOf(address: string, from: Authority, name: string, trusted = from): Promise<Client> {
  const client = new Client(address, await from.strangerTo(trusted, name));
  onTestFinished(() => client.close());
  return client;
}

it("a service takes over a new CA and certificate; who is connected already stays so", async () => {
  const [before, after] = [await authority("agent", "viewer"), await authority("agent", "viewer")];
  const secret = await mountedSecret(before, "agent");
  const lines = new LogLines();
  const { address } = await startSecuredAgent({ tls: secret.files }, lines.log);
  const connected = await clientOf(address, before, "viewer");
  expect((await knock(connected, describeAgent)).outcome).toBe("answered");
  await secret.put(after);
  await lines.says("read new certificates");
  expect((await knock(connected, describeAgent)).outcome).toBe("answered");
  expect((await knock(await clientOf(address, after, "viewer"), describeAgent)).outcome).toBe("answered");
  const late = await clientOf(address, before, "viewer", after);
  expect((await knock(late, describeAgent)).outcome).toBe("unreachable");
});

it("while a CA is exchanged, both let their people in", async () => {
  const [before, after] = [await authority("agent", "viewer"), await authority("agent", "viewer")];
  const secret = await mountedSecret(before, "agent");
  const both = await Promise.all([before, after].map((each) => readFile(each.files("agent").ca)));
  await writeFile(secret.files.ca, Buffer.concat(both));
  const { address } = await startSecuredAgent({ tls: secret.files }, new LogLines().log);
  for (const each of [before, after]) {
    expect((await knock(await clientOf(address, each, "viewer", before), describeAgent)).outcome).toBe("answered");
  }
});

it("what cannot be used is told, and what was there before stays", async () => {
  const [ours, theirs] = [await authority("agent", "viewer"), await authority("agent")];
  const secret = await mountedSecret(ours, "agent");
  const lines = new LogLines();
  const { address } = await startSecuredAgent({ tls: secret.files }, lines.log);
  await cp(theirs.files("agent").cert, secret.files.cert);
  const refused = await lines.says("new certificates cannot be used");
  expect(refused.problem).toContain(`${secret.files.key}: is not the key of ${secret.files.cert}`);
  expect((await knock(await clientOf(address, ours, "viewer"), describeAgent)).outcome).toBe("answered");
  await rm(secret.files.cert);
  const gone = await lines.says("new certificates cannot be used", lines.lines.indexOf(refused) + 1);
  expect(gone.problem).toContain(`${secret.files.cert}: there is no such file`);
  expect((await knock(await clientOf(address, ours, "viewer"), describeAgent)).outcome).toBe("answered");
});

it("a coordinator calls the agents with its new certificate, and believes those of the new CA", async () => {
  const [before, after] = [await authority("agent", "coordinator"), await authority("agent", "coordinator")];
  const lines = new LogLines();
  const first = await startSecuredAgent({ tls: before.files("agent") }, lines.log);
  const secret = await mountedSecret(before, "coordinator");
  const tls = await Tls.open(secret.files, fileEvents(lines.log, "certificates of the coordinator"));
  const clients = new AgentClients({ tls });
  onTestFinished(async () => {
    clients.close();
    await tls.close();
  });
  const [agent] = clients.connect([{ id: "db1", agent: first.address }]);
  expect(await agent?.describe(false, forever)).toMatchObject({ serverId: "db1" });
  await first.close();
  await startSecuredAgent({ tls: after.files("agent"), listen: first.address }, lines.log);
  expect(await rejectionOf(agent?.describe(false, forever) as Promise<unknown>)).toMatchObject({
    reason: "unreachable",
  });
  await secret.put(after);
  await lines.says("read new certificates of the coordinator");
  expect(await agent?.describe(false, forever)).toMatchObject({ serverId: "db1" });
});

it("a token that was exchanged is good from then on, and the old one is not", async () => {
  const file = join(await temporaryDirectory(), "viewer.token");
  await writeFile(file, "the-old-token-of-the-viewers", { mode: 0o600 });
  const lines = new LogLines();
  const { address } = await startSecuredAgent({ tokens: { viewer: [file] } }, lines.log);
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  expect((await knock(client, describeAgent, "the-old-token-of-the-viewers")).outcome).toBe("answered");
  await writeFile(file, "the-new-token-of-the-viewers");
  await lines.says("read new tokens");
  expect((await knock(client, describeAgent, "the-new-token-of-the-viewers")).outcome).toBe("answered");
  expect((await knock(client, describeAgent, "the-old-token-of-the-viewers")).outcome).toBe("unauthenticated");
});
