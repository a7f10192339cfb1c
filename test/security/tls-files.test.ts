// Certificates that a service cannot start with, each with the sentence that says why; and those of a server elsewhere.
import { chmod, cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { AgentClients } from "../../coordinator/agent-client.ts";
import { Tls, type TlsFiles } from "../../runtime/tls.ts";
import { Authority } from "../support/certificates.ts";
import { rejectionOf } from "../support/error-of.ts";
import { LogLines } from "../support/log-lines.ts";
import { startSecuredAgent } from "../support/secured-agent.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const events = { onRenewed: () => {}, onProblem: () => {} };
let authority: Authority;

beforeAll(async () => {
  authority = await Authority.make();
  await authority.issue("agent");
  await authority.issue("coordinator");
  await authority.issue("expired", { days: -1 });
  await authority.issue("elsewhere", { hosts: ["elsewhere.example", "127.0.0.2"] });
});

afterAll(() => authority[Symbol.asyncDispose]());

describe("a service does not start", () => {
  it.each<[string, (files: TlsFiles) => Promise<unknown>, (files: TlsFiles) => string]>([
    ["without its key", ({ key }) => rm(key), ({ key }) => `${key}: there is no such file`],
    [
      "with a key that all may read",
      ({ key }) => chmod(key, 0o644),
      ({ key }) => `${key}: is a secret, and others may read or change it (mode 0644): chmod 0640`,
    ],
    [
      "with the key of another",
      ({ key }) => cp(authority.files("coordinator").key, key),
      ({ key }) => `${key}: is not the key of`,
    ],
    ["with something else for a key", ({ key }) => writeFile(key, "x"), ({ key }) => `${key}: is not a private key`],
    [
      "with something else for a certificate",
      ({ cert }) => writeFile(cert, "x"),
      ({ cert }) => `${cert}: is not a certificate`,
    ],
    ["with something else for a CA", ({ ca }) => writeFile(ca, "x"), ({ ca }) => `${ca}: is not a certificate in PEM`],
  ])("%s", async (_what, spoil, problem) => {
    const home = join(await temporaryDirectory(), "agent");
    await cp(join(authority.directory, "agent"), home, { recursive: true });
    const files = { ca: join(home, "ca.crt"), cert: join(home, "tls.crt"), key: join(home, "tls.key") };
    await spoil(files);
    await expect(startSecuredAgent({ tls: files }, new LogLines().log)).rejects.toThrow(problem(files));
  });

  it("with a certificate that has expired", async () => {
    const files = authority.files("expired");
    const start = startSecuredAgent({ tls: files }, new LogLines().log);
    await expect(start).rejects.toThrow(`${files.cert}: has expired on`);
  });
});

it.each(["127.0.0.1", "localhost"])(
  "a coordinator does not talk to a server at %s with the certificate of another",
  async (host) => {
    const { address } = await startSecuredAgent({ tls: authority.files("elsewhere") }, new LogLines().log);
    const tls = await Tls.open(authority.files("coordinator"), events);
    const clients = new AgentClients({ tls });
    onTestFinished(async () => {
      clients.close();
      await tls.close();
    });
    const [agent] = clients.connect([{ id: "db1", agent: address.replace("127.0.0.1", host) }]);
    const refused = await rejectionOf(agent?.describe(false, new AbortController().signal) as Promise<unknown>);
    expect(refused).toMatchObject({ reason: "unreachable", message: expect.stringContaining("does not match") });
    expect(refused?.hint).toContain("certificate");
  },
);
