// Bearer tokens on a port without certificates: who shows one has its role, and nobody else has any.
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { openConnections } from "../../coordinator/connections.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { rejectionOf } from "../support/error-of.ts";
import { knock } from "../support/knock.ts";
import { LogLines } from "../support/log-lines.ts";
import { runCli } from "../support/run-cli.ts";
import { startSecuredAgent } from "../support/secured-agent.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const secrets = {
  coordinator: "c0ffee-coordinators-secret",
  operator: "0pera-operators-own-secret",
  viewer: "v1ewer-viewers-own-secret",
};
type Role = keyof typeof secrets;

/** As a configuration has them: a file for each role, of these rights. */
async function tokenFiles(mode = 0o600) {
  const directory = await temporaryDirectory();
  const fileOf = async (role: Role) => {
    const file = join(directory, `${role}.token`);
    await writeFile(file, `${secrets[role]}\n`, { mode });
    return file;
  };
  const [coordinator, operator, viewer] = await Promise.all([
    fileOf("coordinator"),
    fileOf("operator"),
    fileOf("viewer"),
  ]);
  return { coordinator: [coordinator], operator: [operator], viewer: [viewer] };
}

function plainClient(address: string): Client {
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  return client;
}

const methods = {
  describe: "/stillpoint.v1.Agent/Describe",
  lock: "/stillpoint.v1.Agent/Lock",
  health: "/grpc.health.v1.Health/Check",
  reflection: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
};

describe("an agent that knows tokens", () => {
  it("answers those who show one of the role, and nobody else, and writes no token down", async () => {
    const lines = new LogLines();
    const { address } = await startSecuredAgent({ tokens: await tokenFiles() }, lines.log);
    const client = plainClient(address);
    const outcomes = async (token?: string) => {
      const answers = Object.values(methods).map((path) => knock(client, path, token));
      return (await Promise.all(answers)).map(({ outcome }) => outcome);
    };
    const nobody = Array<string>(4).fill("unauthenticated");
    expect(await outcomes()).toEqual(nobody);
    expect(await outcomes("a-token-that-nobody-has")).toEqual(nobody);
    expect(await outcomes(secrets.viewer.slice(0, -1))).toEqual(nobody);
    expect(await outcomes(secrets.viewer)).toEqual(["answered", "denied", "answered", "answered"]);
    expect(await outcomes(secrets.operator)).toEqual(["answered", "denied", "answered", "answered"]);
    expect(await outcomes(secrets.coordinator)).toEqual(Array<string>(4).fill("answered"));
    expect(lines.audit).toHaveLength(3 * 4 + 2);
    expect(lines.audit).toContainEqual(expect.objectContaining({ who: "token viewer.token", outcome: "denied" }));
    expect(lines.audit).toContainEqual(expect.objectContaining({ who: "anonymous", outcome: "unauthenticated" }));
    const log = JSON.stringify(lines.lines);
    for (const secret of Object.values(secrets)) expect(log).not.toContain(secret.slice(0, 12));
    expect(log).not.toContain("a-token-that");
  });

  it("obeys a coordinator that shows its token; a viewer's Lock leaves the writes alone", async () => {
    const tokens = await tokenFiles();
    const agent = await startSecuredAgent({ tokens }, new LogLines().log);
    const lockWith = async (agentToken: string | undefined) => {
      const agency = { kind: "embedded", file: join(await temporaryDirectory(), "agency.db") };
      await using own = await openConnections(coordinatorConfig.parse({ agency, agentToken }), new LogLines().log);
      const [port] = own.clients.connect([{ id: "db1", agent: agent.address }]);
      const options = { round: 1, waitMs: 5000, holdMs: 30_000, abortBlockers: false };
      return await rejectionOf(
        port?.lock({ backupId: "b", token: 1 }, options, new AbortController().signal) as Promise<unknown>,
      );
    };
    expect(await lockWith(tokens.viewer[0])).toMatchObject({ reason: "denied" });
    await expect(access(agent.stopped)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await lockWith(tokens.coordinator[0])).toBeUndefined();
    await access(agent.stopped);
  });

  it("does not start with a token that everybody may read, or that is none", async () => {
    const { log } = new LogLines();
    const readable = await tokenFiles(0o644);
    const [file] = readable.viewer;
    await expect(startSecuredAgent({ tokens: { viewer: [file] } }, log)).rejects.toThrow(
      `${file}: is a secret, and others may read or change it (mode 0644): chmod 0640 ${file}`,
    );
    const short = join(await temporaryDirectory(), "short");
    await writeFile(short, "short", { mode: 0o600 });
    await expect(startSecuredAgent({ tokens: { viewer: [short] } }, log)).rejects.toThrow(
      `${short}: must hold one token of 16 characters at least, without spaces`,
    );
  });
});

describe("stillpoint", () => {
  it("shows the token of a file or a variable", async () => {
    const tokens = await tokenFiles();
    const agency = { kind: "embedded", file: join(await temporaryDirectory(), "agency.db") };
    const config = coordinatorConfig.parse({ listen: "127.0.0.1:0", agency, tokens });
    const coordinator = await startCoordinator(config, new LogLines().log, () => {});
    onTestFinished(() => coordinator.close());
    const cancel = (args: string[], env: Record<string, string> = {}) =>
      runCli(["cancel", "--coordinator", coordinator.address, ...args], { env });
    const [nobody, viewer, byFile, byVariable] = await Promise.all([
      cancel([]),
      cancel([], { STILLPOINT_TOKEN: secrets.viewer }),
      cancel(["--token-file", tokens.operator[0] as string]),
      cancel([], { STILLPOINT_TOKEN: secrets.operator }),
    ]);
    expect(nobody).toMatchObject({ code: 11, stderr: expect.stringContaining('needs the role "operator"') });
    expect(nobody.stderr).toContain("hint: show who you are: --token-file FILE, or STILLPOINT_TOKEN");
    expect(viewer).toMatchObject({
      code: 11,
      stderr: expect.stringContaining('"token viewer.token" and has "viewer"'),
    });
    for (const operator of [byFile, byVariable]) {
      expect(operator).toMatchObject({ code: 6, stderr: expect.stringContaining("this coordinator runs nothing") });
    }
  });
});
