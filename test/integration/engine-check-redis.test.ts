// `stillpoint engine check` on a real Redis server, which needs no section `check`: the kit writes to it by itself.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { RedisProcess } from "../support/redis-process.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

async function startRedis() {
  const root = await temporaryDirectory();
  const dataDir = join(root, "data");
  await mkdir(join(dataDir, "backups"), { recursive: true });
  const server = await RedisProcess.start({ dir: dataDir, supervised: true });
  onTestFinished(() => server.close());
  const check = async (engine: object, ...args: string[]) => {
    const config = join(root, "agent.yaml");
    const address = { kind: "redis", address: server.address };
    const settings = { server: "redis1", listen: "127.0.0.1:0", dataDir, engine: { ...address, ...engine } };
    await writeFile(config, stringify(settings), { mode: 0o600 });
    return await runCli(["engine", "check", "--config", config, "--json", ...args]);
  };
  return { server, check };
}

test("finds a Redis server fit, restores it and puts it back, and leaves no key", { timeout: 400_000 }, async () => {
  const { server, check } = await startRedis();
  const { code, stdout } = await check({}, "--restore", "--stops", "5");
  const { cases, passed } = JSON.parse(stdout);
  expect(cases.filter(({ outcome }: { outcome: string }) => ["broken", "skipped"].includes(outcome))).toEqual([]);
  expect([passed, code]).toEqual([true, 0]);
  expect(await server.client().exists("stillpoint:engine-check")).toBe(0);
});

test("says what to give where the agent's user may not write", { timeout: 120_000 }, async () => {
  const { server, check } = await startRedis();
  await server.client().acl("SETUSER", "agent", "on", ">top-secret", "~*", "&*", "+@all", "-incr");
  const { code, stdout } = await check({ username: "agent", password: "top-secret" });
  const { cases } = JSON.parse(stdout);
  const write = cases.find(({ name }: { name: string }) => name === "write");
  expect(write).toMatchObject({ outcome: "broken", found: expect.stringContaining("give check: { write: [redis-cli") });
  expect(code).toBe(8);
});
