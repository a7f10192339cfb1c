// `stillpoint engine check` on a real MariaDB server: the agent's user may not write, so that commands do it as an application.
import { rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { stringify } from "yaml";
import { agentUser, installTemplate, MariadbServer } from "../support/mariadb-server.ts";
import { countingDatabase } from "../support/mariadb-under-test.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

let template: string;

beforeAll(() => {
  template = installTemplate(countingDatabase);
});
afterAll(() => rmSync(dirname(template), { recursive: true }));

test("finds a MariaDB server fit, restores it and puts it back", { timeout: 600_000 }, async () => {
  const server = await MariadbServer.start(template, ["--pid-file=mariadb.pid"]);
  onTestFinished(() => server.remove());
  const client = [
    "mariadb",
    "--no-defaults",
    "--socket",
    server.socket,
    "--user",
    "alice",
    "--skip-column-names",
    "-e",
  ];
  const config = join(await temporaryDirectory(), "agent.yaml");
  const settings = {
    ...{ server: "maria1", listen: "127.0.0.1:0", dataDir: server.dataDir },
    engine: { kind: "mariadb", address: server.address, ...agentUser },
    check: {
      write: [...client, "INSERT INTO t.writes () VALUES ()"],
      count: [...client, "SELECT COUNT(*) FROM t.writes"],
    },
  };
  await writeFile(config, stringify(settings), { mode: 0o600 });
  const args = ["engine", "check", "--config", config, "--json", "--restore", "--stops", "5"];
  const { code, stdout, stderr } = await runCli(args);
  const { cases, passed } = JSON.parse(stdout);
  expect(cases.filter(({ outcome }: { outcome: string }) => ["broken", "skipped"].includes(outcome))).toEqual([]);
  expect([passed, code]).toEqual([true, 0]);
  expect(stderr).not.toContain(agentUser.password);
});
