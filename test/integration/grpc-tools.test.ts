// An agent as people run it, looked at with a tool that knows nothing of Stillpoint: buf curl, which learns all that it needs
// by reflection, as grpcurl does.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { Agent } from "../../proto/agent-contract.ts";
import { eventually } from "../support/eventually.ts";
import { writeFiles } from "../support/file-tree.ts";
import { startCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));
const run = { backupId: "2026-11-22T15.04.05.123Z_nightly", token: 7 };
const lockRequest = { run, round: 1, waitMs: 100, holdMs: 60_000 };

interface AgentProcess {
  address: string;
  /** There while writes are stopped. */
  stopped: string;
  /** There while the server runs. */
  alive: string;
  process: ReturnType<typeof startCli>;
}

/** A server whose writes are stopped while there is a file. */
async function startAgent(): Promise<AgentProcess> {
  const directory = await temporaryDirectory();
  const dataDir = join(directory, "data");
  const [stopped, alive] = [join(directory, "stopped"), join(directory, "alive")] as const;
  await mkdir(dataDir);
  await writeFile(alive, "");
  await writeFiles(dataDir, { "000001.sst": "table", "000002.log": "log", CURRENT: "000002.log\n" });
  const engine = {
    kind: "exec",
    stop: ["touch", stopped],
    resume: ["rm", stopped],
    inspect: ["ls", alive],
    flush: ["true"],
  };
  const files = { layout: "globs", immutable: ["*.sst"], appendOnly: ["*.log"] };
  const config = join(directory, "agent.yaml");
  await writeFile(config, stringify({ server: "db1", listen: "127.0.0.1:0", dataDir, engine, files }));
  const process = startCli(["agent", "--config", config]);
  await process.says("agent listens");
  const address = /"address":"([^"]+)"/.exec(process.output.stderr)?.[1];
  if (address === undefined) throw new Error(process.output.stderr);
  return { address, stopped, alive, process };
}

/** What `buf curl` prints. */
async function curl({ address }: AgentProcess, path: string, ...options: string[]): Promise<string> {
  const fixed = ["curl", "--protocol", "grpc", "--http2-prior-knowledge"];
  const args = [buf, ...fixed, ...options, `http://${address}${path}`];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

async function call(agent: AgentProcess, method: string, request: object = {}): Promise<Record<string, unknown>> {
  return JSON.parse(await curl(agent, `/${method}`, "-d", JSON.stringify(request)));
}

const ask = (agent: AgentProcess, method: string, request?: object) =>
  call(agent, `stillpoint.v1.Agent/${method}`, request);

const healthOf = async (agent: AgentProcess) =>
  (await call(agent, "grpc.health.v1.Health/Check", { service: "stillpoint.v1.Agent" })).status;

describe("an agent", () => {
  it("lists its services and methods by reflection", async () => {
    const agent = await startAgent();
    const [services, methods] = await Promise.all([
      curl(agent, "", "--list-services"),
      curl(agent, "", "--list-methods"),
    ]);
    expect(services.trim().split("\n").sort()).toEqual(
      expect.arrayContaining(["grpc.health.v1.Health", "stillpoint.v1.Agent"]),
    );
    const names = Object.keys(Agent.service).map((name) => `stillpoint.v1.Agent/${name}`);
    expect(methods.split("\n")).toEqual(expect.arrayContaining(names));
  });

  it("stops writes by Lock, tells so by Describe, and lets them go by Release", async () => {
    const agent = await startAgent();
    expect(await ask(agent, "Lock", lockRequest)).toHaveProperty("lockWaitMs");
    expect(existsSync(agent.stopped)).toBe(true);
    expect(await ask(agent, "Describe", { withFiles: true })).toMatchObject({
      serverId: "db1",
      engine: "exec",
      healthy: true,
      dataFiles: "3",
      hold: { phase: "PHASE_HELD", backupId: run.backupId, round: 1 },
    });
    const { hold } = await ask(agent, "Release", { run, round: 1 });
    expect(hold).toMatchObject({ unbroken: true, endedBy: "released" });
    expect(existsSync(agent.stopped)).toBe(false);
    expect(await ask(agent, "Release", { run, round: 1 })).toEqual({ hold });
  });

  it("says what is wrong with a request, in a way that any client can read", async () => {
    const agent = await startAgent();
    const failed = await ask(agent, "Lock", { ...lockRequest, run: { ...run, backupId: "../../etc" } }).catch(
      (error: { stderr: string }) => error.stderr,
    );
    expect(JSON.parse(String(failed))).toMatchObject({
      code: "invalid_argument",
      message: 'backup id "../../etc" is not one',
      details: [{ type: "google.rpc.ErrorInfo", value: expect.any(String) }],
    });
  });
});

describe("the health of an agent", () => {
  it("is SERVING while it could stop writes, and NOT_SERVING while it could not", async () => {
    const agent = await startAgent();
    const becomes = (status: string) =>
      eventually(async () => (await healthOf(agent)) === status, 10_000, `health does not become ${status}`);
    await becomes("SERVING");
    await rm(agent.alive);
    await becomes("NOT_SERVING");
    expect(await ask(agent, "Describe")).toMatchObject({ problem: expect.stringContaining(agent.alive) });
    await writeFile(agent.alive, "");
    await becomes("SERVING");
  });
});

describe("an agent that is told to end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("by %s while it holds writes lets them go and then ends", async (signal) => {
    const agent = await startAgent();
    await ask(agent, "Lock", lockRequest);
    expect(existsSync(agent.stopped)).toBe(true);
    agent.process.process.kill(signal);
    const { code, stderr } = await agent.process.ended;
    expect(existsSync(agent.stopped)).toBe(false);
    expect(code).toBe(0);
    const steps = stderr.split("\n").flatMap((line) => /"msg":"(let-go|agent stopped)"/.exec(line)?.[1] ?? []);
    expect(steps).toEqual(["let-go", "agent stopped"]);
  });
});
