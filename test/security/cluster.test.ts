// A whole cluster of real processes over TLS, with the certificates of `stillpoint certs init`, used as people use it: by the
// command, and by a tool that knows nothing of Stillpoint, with a certificate for each role.
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { initCertificates } from "../../cli/certs/init.ts";
import { Cluster } from "../support/cluster.ts";
import type { LogLine } from "../support/log-lines.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));
let certificates: string;
let cluster: Cluster;

beforeAll(async () => {
  certificates = join(await mkdtemp(join(tmpdir(), "stillpoint-certs-")), "certs");
  await initCertificates(certificates, []);
  cluster = await Cluster.start(2, { certificates, claimTtl: "10s", hold: "10s" });
});

afterAll(async () => {
  await cluster.stop();
  await rm(join(certificates, ".."), { recursive: true });
});

function stillpoint(who: string | undefined, ...args: string[]) {
  const tls = who === undefined ? [] : ["--tls", join(certificates, who)];
  return runCli([...args, "--json", "--coordinator", cluster.coordinator, ...tls]);
}

async function auditLines(process: string): Promise<LogLine[]> {
  const lines = (await cluster.log(process)).split("\n").filter((line) => line.includes('"audit":true'));
  return lines.map((line) => JSON.parse(line));
}

/** What `buf curl` prints as a viewer. */
async function curl(path: string, ...options: string[]): Promise<string> {
  const file = (name: string) => join(certificates, "viewer", name);
  const tls = ["--cacert", file("ca.crt"), "--cert", file("tls.crt"), "--key", file("tls.key")];
  const url = `https://${cluster.servers[0]?.agent}${path}`;
  const args = [buf, "curl", "--protocol", "grpc", ...tls, ...options, url];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("a cluster over TLS", () => {
  it("is set up, backed up, restored and cleared by an operator, and leaves a line for each deed", async () => {
    const plan = join(await temporaryDirectory(), "plan.yaml");
    const servers = cluster.servers.map(({ id, agent }) => `  ${id}: { agent: "${agent}" }`);
    await writeFile(plan, `DBServers:\n${servers.join("\n")}\n`);
    expect(await stillpoint("operator", "plan", "apply", plan)).toMatchObject({ code: 0 });
    const created = await stillpoint("operator", "create", "--label", "secured");
    expect(created).toMatchObject({ code: 0 });
    const { id, state, servers: pieces } = JSON.parse(created.stdout);
    expect([state, pieces.length]).toEqual(["COMPLETE", 2]);
    expect(await stillpoint("operator", "restore", id, "--yes")).toMatchObject({ code: 0 });
    expect(await stillpoint("operator", "delete", id, "--yes")).toMatchObject({ code: 0 });
    expect(await stillpoint("operator", "cancel")).toMatchObject({ code: 6 });

    const who = { who: "operator", peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/), durationMs: expect.any(Number) };
    expect(await auditLines("coordinator")).toEqual(
      [
        { action: "plan apply", outcome: "ok" },
        { action: "create", outcome: "ok", backupId: id },
        { action: "restore", outcome: "ok", backupId: id },
        { action: "delete", outcome: "ok", backupId: id },
        { action: "cancel", outcome: "not-found" },
      ].map((line) => expect.objectContaining({ ...who, ...line })),
    );
  });

  it("lets a viewer look, and nothing else", async () => {
    expect(await stillpoint("viewer", "status")).toMatchObject({ code: 0 });
    const { code, stdout } = await stillpoint("viewer", "create");
    const { error } = JSON.parse(stdout);
    const message =
      'stillpoint.v1.Coordinator/CreateBackup needs the role "operator"; the caller is "viewer" and has "viewer"';
    expect([code, error.reason, error.message]).toEqual([11, "denied", message]);
    const refused = { action: "stillpoint.v1.Coordinator/CreateBackup", who: "viewer", outcome: "denied" };
    expect((await auditLines("coordinator")).at(-1)).toMatchObject(refused);
  });

  it("does not know who comes without a certificate, or with that of an agent, and says what to look at", async () => {
    const [nobody, agent] = await Promise.all([stillpoint(undefined, "status"), stillpoint("agent", "status")]);
    expect(nobody).toMatchObject({ code: 5, stdout: expect.stringContaining("--tls DIRECTORY") });
    expect(agent).toMatchObject({ code: 5, stdout: expect.stringMatching(/certificate/) });
  });

  it("can be looked into by any tool of gRPC that has a certificate", async () => {
    expect(await curl("", "--list-services")).toContain("stillpoint.v1.Agent");
    expect(JSON.parse(await curl("/stillpoint.v1.Agent/Describe", "-d", "{}"))).toMatchObject({ serverId: "db1" });
    const health = await curl("/grpc.health.v1.Health/Check", "-d", "{}");
    expect(JSON.parse(health)).toEqual({ status: "SERVING" });
    const lock = curl("/stillpoint.v1.Agent/Lock", "-d", "{}").catch(({ stderr }: { stderr: string }) => stderr);
    expect(JSON.parse(await lock)).toMatchObject({
      code: "permission_denied",
      message: 'stillpoint.v1.Agent/Lock needs the role "coordinator"; the caller is "viewer" and has "viewer"',
    });
    expect((await auditLines("agent-db1")).at(-1)).toMatchObject({ action: "stillpoint.v1.Agent/Lock", who: "viewer" });
  });

  it("has nothing to say on its errors about deprecated ways", async () => {
    for (const process of ["coordinator", "agent-db1"]) expect(await cluster.log(process)).not.toContain("Warning");
    expect((await stillpoint("viewer", "list")).stderr).toBe("");
  });
});

describe("stillpoint certs init", () => {
  it("gives keys to their owner alone", async () => {
    const modeOf = async (path: string) => ((await stat(join(certificates, path))).mode & 0o777).toString(8);
    const names = ["agent", "coordinator", "operator", "viewer"];
    const directories = await Promise.all(["", ...names].map(modeOf));
    const keys = await Promise.all(["ca.key", ...names.map((name) => `${name}/tls.key`)].map(modeOf));
    expect([...new Set(directories), ...new Set(keys)]).toEqual(["700", "600"]);
  });

  it("overwrites nothing", async () => {
    const directory = join(await temporaryDirectory(), "certs");
    expect(await runCli(["certs", "init", directory, "--host", "db1.internal"])).toMatchObject({ code: 0 });
    const again = await runCli(["certs", "init", directory]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("nothing in it is overwritten") });
  });

  it("says what to install where there is no openssl", async () => {
    const directory = await temporaryDirectory();
    const { code, stderr } = await runCli(["certs", "init", join(directory, "certs")], { env: { PATH: directory } });
    expect(code).toBe(6);
    expect(stderr).toContain('there is no program "openssl" on the PATH');
    expect(stderr).toContain("apt-get install openssl");
  });
});
