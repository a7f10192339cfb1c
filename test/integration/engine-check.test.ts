// `stillpoint engine check` and `stillpoint agent --check`, as people run them, on a ledger server and its files.
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { writeFiles } from "../support/file-tree.ts";
import { LedgerCluster } from "../support/ledger-cluster.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const timeout = 400_000;
const probe = fileURLToPath(new URL("../../examples/ledger/probe-main.ts", import.meta.url));

/** The server's directory, and a configuration for it. */
async function startLedger(...options: string[]) {
  const cluster = await LedgerCluster.start(["a"], ...options);
  onTestFinished(() => cluster.close());
  const server = cluster.server("a");
  const command = (name: string) => [process.execPath, probe, name, "--server", server.address];
  const settings = {
    ...{ server: "a", listen: "127.0.0.1:0", dataDir: server.dataDir },
    engine: { kind: "lsm", address: server.socket },
    check: { write: command("write"), count: command("count") },
  };
  return { cluster, server, settings, config: await written(settings) };
}

async function written(settings: object): Promise<string> {
  const file = join(await temporaryDirectory(), "agent.yaml");
  await writeFile(file, stringify(settings));
  return file;
}

interface Line {
  name: string;
  outcome: string;
  found: string;
}

const namesOf = (lines: Line[], outcome: string) =>
  lines.filter((each) => each.outcome === outcome).map((each) => each.name);

describe("stillpoint engine check", { timeout }, () => {
  test("finds the example server fit, restores it and puts it back, and leaves no piece", async () => {
    const { server, config } = await startLedger();
    const { code, stdout, stderr } = await runCli([
      "engine",
      "check",
      "--config",
      config,
      "--restore",
      "--stops",
      "5",
      "--json",
    ]);
    const verdict = JSON.parse(stdout);
    expect(verdict.cases.filter(({ outcome }: Line) => outcome !== "holds")).toEqual([]);
    expect(verdict).toMatchObject({ server: "a", engine: "lsm", version: "1.0", passed: true, writesStopped: false });
    expect(verdict.stall).toMatchObject({ stops: 5 });
    expect(stderr).toContain("writes to server a and stops its writes for seconds, many times, and stops the server");
    expect(stderr).toContain("✓ no write ends between a stop and its resume, and reads go on");
    expect(code).toBe(0);
    const backups = await readdir(join(server.dataDir, "backups"));
    expect(backups.filter((name) => !name.startsWith("."))).toEqual([]);
  });

  test("finds the example server unfit when it says that writes are stopped and they are not", async () => {
    const { config } = await startLedger("--lie", "stop");
    const { code, stdout, stderr } = await runCli(["engine", "check", "--config", config, "--stops", "1", "--yes"]);
    expect(stderr).toMatch(
      /✗ no write ends between a stop and its resume, and reads go on: a write .* was acknowledged/,
    );
    expect(stdout).toContain("engine lsm of server a: NOT FIT for backups");
    expect(code).toBe(8);
  });

  test("says what is missing where nobody knows how to write, and where an agent runs", async () => {
    const settings = {
      server: "a",
      dataDir: await temporaryDirectory(),
      engine: { kind: "lsm", address: "unix:/nowhere" },
    };
    const noProbe = await runCli([
      "engine",
      "check",
      "--config",
      await written({ ...settings, listen: "127.0.0.1:0" }),
    ]);
    expect(noProbe.stderr).toContain("the configuration has no section check, and engine lsm cannot write");
    expect(noProbe.code).toBe(2);

    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const taken = await runCli(["engine", "check", "--config", await written({ ...settings, listen })]);
    expect(taken.stderr).toContain(`something listens on "${listen}"`);
    expect(taken.code).toBe(2);
  });
});

describe("stillpoint agent --check", { timeout }, () => {
  const check = (config: string) => runCli(["agent", "--config", config, "--check", "--json"]);

  test("finds all well beside a server that works, and changes nothing", async () => {
    const { server, config } = await startLedger();
    const { code, stdout, stderr } = await check(config);
    const { ready, checks } = JSON.parse(stdout);
    expect(namesOf(checks, "holds")).toEqual([
      "data-directory",
      "security",
      "engine",
      "file-system",
      "files",
      "space",
      "restore",
    ]);
    expect(stderr).toContain("✓ every file can be linked or copied, and shows what was acknowledged: 1 LevelDB; ");
    expect([ready, code]).toEqual([true, 0]);
    expect(await readdir(server.dataDir)).toEqual(["db"]);
  });

  test("warns of what a restore would miss, and of a version that nobody tells", async () => {
    const { settings } = await startLedger();
    const engine = { kind: "exec", stop: ["true"], resume: ["true"], startServer: ["true"] };
    const { code, stdout } = await check(await written({ ...settings, engine, files: "leveldb" }));
    const { checks } = JSON.parse(stdout);
    expect(namesOf(checks, "warning")).toEqual(["engine", "restore"]);
    expect(checks.at(-1).found).toBe("no: restores are refused without the engine's stopServer");
    expect(code).toBe(0);
  });

  test("says each thing that is wrong, and exits with the code of the first", async () => {
    const dataDir = await temporaryDirectory();
    const options = "[DBOptions]\n  manual_wal_flush=true\n";
    await writeFiles(dataDir, { "db/CURRENT": "MANIFEST-000001\n", "db/OPTIONS-000003": options });
    const [listen, tls] = ["127.0.0.1:0", { ca: "/no/ca", cert: "/no/cert", key: "/no/key" }];
    const engine = { kind: "lsm", address: "unix:/nowhere/at/all" };
    const { code, stdout } = await check(await written({ server: "a", listen, dataDir, engine, tls }));
    const { ready, checks } = JSON.parse(stdout);
    expect(namesOf(checks, "broken")).toEqual(["security", "engine", "files"]);
    expect(checks.find(({ name }: Line) => name === "files").found).toContain("manual_wal_flush=true");
    expect([ready, code]).toEqual([false, 2]);

    const nowhere = await check(await written({ server: "a", listen, dataDir: "/nowhere/at/all", engine }));
    expect(namesOf(JSON.parse(nowhere.stdout).checks, "broken")).toEqual(["data-directory", "engine"]);
  });
});
