// `npm run demo`, as people run it: it must prove a consistent backup, and be able to see an inconsistent one.
import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { resultJson } from "../../cli/demo/result.ts";
import type { ListJson, StatusJson } from "../../cli/json.ts";
import { eventually } from "../support/eventually.ts";
import { binary, runCli, startCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

type DemoJson = ReturnType<typeof resultJson>;

const atMost = { timeout: 120_000 };

describe("the demo", () => {
  it("takes a consistent backup under load, restores it, and leaves nothing behind", atMost, async () => {
    const directory = await temporaryDirectory();
    const { stdout, stderr, code } = await runCli(["demo"], { env: { TMPDIR: directory } });
    const secondOf = (what: RegExp) => Number(new RegExp(`([\\d.]+) s +${what.source}`).exec(stderr)?.[1]);
    const openFor = secondOf(/round 1: locking/) - secondOf(/on db2 somebody opens a write transaction/);
    expect(openFor, "nobody is blocked while a write is open for 3 s").toBeGreaterThanOrEqual(2.9);
    expect(stdout).toMatch(/^db1 .*░█.*ms\ndb2 .*░█.*ms\ndb3 .*░█.*ms\n.*▲/m);
    expect(stdout).toMatch(/^dead time +\d+\.\d ms/m);
    expect(stdout).toMatch(/^longest write +\d+\.\d ms/m);
    expect(stdout).toMatch(/\nconsistent: all [\d,]+ transfers are whole, and the sum is 300,000 as before\n$/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(code).toBe(0);
    await expectNothingLeft(directory);
  });

  it("does the same with three real Redis servers, whose money may be on its way", atMost, async () => {
    const directory = await temporaryDirectory();
    const { stdout, stderr, code } = await runCli(["demo", "--engine", "redis"], { env: { TMPDIR: directory } });
    expect(stderr).toContain("on db2 the AOF is rewritten, again and again");
    expect(stderr).toMatch(/db1 works on the backup's data, it was down for/);
    expect(stdout).toMatch(/\nconsistent: [\d,]+ transfers, \d+ on their way, none torn; the sum is 300,000\n$/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(code).toBe(0);
    await expectNothingLeft(directory);
  });

  it("does the same with three real MariaDB servers and XA transactions", atMost, async () => {
    const directory = await temporaryDirectory();
    const { stdout, stderr, code } = await runCli(["demo", "--engine", "mariadb"], { env: { TMPDIR: directory } });
    expect(stderr).toContain("on db2 somebody locks a table for 3 s");
    expect(stderr).toMatch(/db1 works on the backup's data, it was down for/);
    expect(stdout).toMatch(/\nconsistent: [\d,]+ transfers, each on both servers or none; the sum is 300,000\n$/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(code).toBe(0);
    await expectNothingLeft(directory);
  });

  // A lie shows only if a transfer is torn by it: likely, not certain.
  const byChance = { ...atMost, retry: 2 };

  it("sees that a backup is not consistent when the servers lie about stopping writes", byChance, async () => {
    const directory = await temporaryDirectory();
    const manyWrites = ["--clients", "48"]; // so that some are under way at any moment
    const { stdout, stderr, code } = await runCli(["demo", "--lie", "stop", ...manyWrites, "--json"], {
      env: { TMPDIR: directory },
    });
    const { consistent, problems, backup } = JSON.parse(stdout) as DemoJson;
    expect(consistent).toBe(false);
    expect(problems.join()).toMatch(/in the backup, [\d,]+ of [\d,]+ transfers are on one of two servers only/);
    expect(backup.state).toBe("COMPLETE"); // nobody but the demo could know
    expect(code).toBe(8);
    expect(stderr).toContain(`are left for you to look at, in ${directory}`);
    expect(await processesOf(directory)).toEqual([]);
  });

  it("keeps a cluster with a real etcd running, whose printed commands work, until SIGTERM", atMost, async () => {
    const directory = await temporaryDirectory();
    const demo = startCli(["demo", "--agency", "etcd", "--keep", "--json"], { env: { TMPDIR: directory } });
    await demo.says("The cluster runs until you press Ctrl-C here.");
    const { consistent, problems, backup, servers, coordinator, ...figures } = await eventually(
      () => jsonIn<DemoJson>(demo.output.stdout),
      5_000,
      "no JSON came",
    );
    expect({ consistent, problems, state: backup.state }).toEqual({
      consistent: true,
      problems: [],
      state: "COMPLETE",
    });
    expect(figures.transfersChecked).toBeGreaterThan(0);
    expect(figures.transfersChecked).toBeLessThan(figures.transfersAcknowledged);
    expect(figures.longestClientWriteMs).toBeGreaterThan(0);

    const known = { coordinator, agents: servers.map(({ id, agent }) => ({ id, agent })) };
    const status = await ask<StatusJson>(coordinator, "status");
    expect(status.servers.map(({ id, agent }) => ({ id, agent }))).toEqual(known.agents);
    expect((await ask<ListJson>(coordinator, "list")).backups).toEqual([backup]);
    await Promise.all(servers.map(({ dataDir }) => access(join(dataDir, "backups", backup.id, "META.json"))));

    const tried = await runPrinted(demo.output.stderr);
    for (const says of [
      '"healthy": true',
      '"SERVING"',
      '"lockWaitMs"',
      "held, round 1",
      '"unbroken": true',
      "_mine",
      "valid,",
    ])
      expect(tried).toContain(says);

    demo.process.kill("SIGTERM");
    expect((await demo.ended).code).toBe(0);
    await expectNothingLeft(directory);
  });

  it("ends all that it started when it is killed with SIGKILL", atMost, async () => {
    const directory = await temporaryDirectory();
    const demo = startCli(["demo"], { env: { TMPDIR: directory } });
    await demo.says("clients move money");
    expect(await processesOf(directory)).not.toEqual([]);
    demo.process.kill("SIGKILL");
    await eventually(async () => (await processesOf(directory)).length === 0, 5_000, "processes outlive the demo");
  });

  it("stops in the middle when it is asked to, and leaves nothing behind", atMost, async () => {
    const directory = await temporaryDirectory();
    const demo = startCli(["demo"], { env: { TMPDIR: directory } });
    await demo.says("claimed the cluster");
    demo.process.kill("SIGINT");
    expect(await demo.ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining("error: the demo was stopped\n"),
    });
    await expectNothingLeft(directory);
  });

  it.each([
    [["--agency", "etcd"], "etcd"],
    [["--engine", "redis"], "redis-server"],
    [["--engine", "mariadb"], "mariadb-install-db"],
  ])("says what to install when %j is asked for and it is not there", async (options, program) => {
    const directory = await temporaryDirectory();
    const { stderr, code } = await runCli(["demo", ...options], { env: { TMPDIR: directory, PATH: directory } });
    expect(stderr).toContain(`there is no program "${program}" on the PATH\nhint: install it`);
    expect(code).toBe(6);
    await expectNothingLeft(directory);
  });
});

async function expectNothingLeft(directory: string): Promise<void> {
  expect(await processesOf(directory)).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
}

/** Command lines of processes that have to do with the directory. */
async function processesOf(directory: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return lines.filter((line) => line.includes(directory));
}

function jsonIn<Document>(text: string): Document | undefined {
  return text.endsWith("}\n") ? (JSON.parse(text) as Document) : undefined;
}

async function ask<Document>(coordinator: string, command: string): Promise<Document> {
  const { stdout } = await runCli([command, "--json", "--coordinator", coordinator]);
  return JSON.parse(stdout) as Document;
}

/** Runs the printed commands one after the other, as a shell does; but for the load and grpcurl, which may not be here. */
async function runPrinted(text: string): Promise<string> {
  const commands = text.split("\n").filter((line) => /^ {2}(cd|npx stillpoint|npx buf) /.test(line));
  expect(commands).toHaveLength(12);
  const script = commands.join("\n").replaceAll("npx stillpoint", `"${process.execPath}" "${binary}"`);
  const { stdout } = await promisify(execFile)("sh", ["-ec", script.replaceAll("npx buf", "node_modules/.bin/buf")]);
  return stdout;
}
