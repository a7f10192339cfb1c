// An agent that cannot start says why, and ends.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { lockDirectory } from "../../agent/directory-lock.ts";
import { readTree, writeFiles } from "../support/file-tree.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

async function runAgent(overrides: object) {
  const directory = await temporaryDirectory();
  const engine = { kind: "grpc", address: "127.0.0.1:1" };
  const settings = { server: "db1", listen: "127.0.0.1:0", dataDir: directory, engine, files: "leveldb" };
  const config = join(directory, "agent.yaml");
  await writeFile(config, stringify({ ...settings, ...overrides }));
  return await runCli(["agent", "--config", config]);
}

it("where its address is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void other.close());
  await once(other, "listening");
  const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
  const { code, stderr } = await runAgent({ listen });
  expect(stderr).toContain(`cannot listen on "${listen}"`);
  expect(code).toBeGreaterThan(0);
});

it("where its data directory is not there", async () => {
  const { code, stderr } = await runAgent({ dataDir: "/nowhere/at/all" });
  expect(stderr).toContain('data directory "/nowhere/at/all" does not exist');
  expect(code).toBeGreaterThan(0);
});

it("where its data directory is a file", async () => {
  const directory = await temporaryDirectory();
  await writeFiles(directory, { file: "" });
  const { code, stderr } = await runAgent({ dataDir: join(directory, "file") });
  expect(stderr).toContain(`data directory "${join(directory, "file")}" is not a directory`);
  expect(code).toBeGreaterThan(0);
});

it("where another agent works on the same data, whose pieces and restores it leaves alone", async () => {
  const dataDir = await temporaryDirectory();
  await writeFiles(dataDir, { "backups/.staging/half/data/file": "", "backups/.trash/gone": "" });
  using _ = await lockDirectory(dataDir);
  const { code, stderr } = await runAgent({ dataDir });
  expect(stderr).toContain(`another agent works on data directory "${dataDir}"`);
  expect(code).toBeGreaterThan(0);
  expect(await readTree(join(dataDir, "backups"))).toMatchObject({ ".staging/half/data/file": "", ".trash/gone": "" });
});

it("where what it would lock is no file", async () => {
  const dataDir = await temporaryDirectory();
  await writeFiles(dataDir, { "backups/.agent-lock/file": "" });
  const { code, stderr } = await runAgent({ dataDir });
  expect(stderr).toContain('.agent-lock" cannot be locked: it is not a file');
  expect(code).toBeGreaterThan(0);
});

it("where a restore was begun and nobody can read how far it came", async () => {
  const dataDir = await temporaryDirectory();
  await writeFiles(dataDir, { "backups/.restoring/state.json": "{" });
  const { code, stderr } = await runAgent({ dataDir });
  expect(stderr).toContain('state.json" cannot be read');
  expect(stderr).toContain("hint: the data before the restore is in backups/.failsafe");
  expect(code).toBeGreaterThan(0);
});
