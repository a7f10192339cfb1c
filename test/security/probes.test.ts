// The port for probes, which have no certificate: everybody hears there whether the service could work, and nothing else.
import { Client, credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePorts } from "../../cli/demo/free-port.ts";
import { Agent } from "../../proto/agent-contract.ts";
import { askHealth } from "../../proto/ask-health.ts";
import { openLog } from "../../runtime/log.ts";
import { type AnyMethod, ask } from "../support/ask.ts";
import { Authority } from "../support/certificates.ts";
import { rejectionOf } from "../support/error-of.ts";
import { eventually } from "../support/eventually.ts";
import { runCli } from "../support/run-cli.ts";
import { startSecuredAgent } from "../support/secured-agent.ts";

let authority: Authority;

beforeAll(async () => {
  authority = await Authority.make();
  await authority.issue("agent");
});

afterAll(async () => {
  await authority[Symbol.asyncDispose]();
});

/** An agent that wants certificates, and the address where it answers probes. */
async function startProbed() {
  const healthListen = `127.0.0.1:${(await freePorts(1))[0]}`;
  const agent = await startSecuredAgent({ tls: authority.files("agent"), healthListen }, openLog("agent", "fatal"));
  const isServing = async () => (await askHealth(healthListen)) === "SERVING";
  await eventually(isServing, 10_000, "the agent does not become healthy");
  return { ...agent, healthListen };
}

it("answers without a certificate while the service's own port does not", async () => {
  const { address, healthListen } = await startProbed();
  expect(await askHealth(healthListen)).toBe("SERVING");
  expect(await rejectionOf(askHealth(address))).toMatchObject({ reason: "unreachable" });
});

it("tells a server that cannot work from an agent that hangs", async () => {
  const [port] = await freePorts(1);
  const healthListen = `127.0.0.1:${port}`;
  const engine = { kind: "exec", stop: ["true"], resume: ["true"], inspect: ["false"] };
  await startSecuredAgent({ tls: authority.files("agent"), healthListen, engine }, openLog("agent", "fatal"));
  expect(await askHealth(healthListen)).toBe("NOT_SERVING");
  expect(await askHealth(healthListen, "live")).toBe("SERVING");
  expect(await runCli(["health", healthListen])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("is NOT_SERVING"),
  });
});

it("has no other service: nobody can stop writes there", async () => {
  const { healthListen } = await startProbed();
  const client = new Client(healthListen, credentials.createInsecure());
  for (const method of Object.values(Agent.service) as AnyMethod[]) {
    const error = await ask(client, method, {});
    expect(error?.cause, method.path).toMatchObject({ code: status.UNIMPLEMENTED });
  }
  client.close();
});

it("ends with the service", async () => {
  const { healthListen, close } = await startProbed();
  await close();
  expect(await rejectionOf(askHealth(healthListen))).toMatchObject({ reason: "unreachable" });
});

it("is what the command asks, by its argument or by the variable that a container has", async () => {
  const { healthListen } = await startProbed();
  const env = { STILLPOINT_HEALTH_LISTEN: healthListen };
  expect(await runCli(["health"], { env })).toMatchObject({ code: 0, stdout: `${healthListen} is SERVING\n` });
  const [nobody] = await freePorts(1);
  expect(await runCli(["health", `127.0.0.1:${nobody}`], { env })).toMatchObject({ code: 5 });
  expect(await runCli(["health"])).toMatchObject({ code: 2, stderr: expect.stringContaining("give an address") });
});
