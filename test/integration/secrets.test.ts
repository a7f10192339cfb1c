// A secret of the configuration is never printed: whatever goes wrong, whatever is asked, however much is logged.
import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { coordinatorConfig } from "../../coordinator/config.ts";
import { loadConfig } from "../../runtime/load-config.ts";
import { openLog } from "../../runtime/log.ts";
import { Secret } from "../../runtime/secret.ts";
import { Etcd } from "../support/etcd.ts";
import { runCli, startCli } from "../support/run-cli.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const canary = "canary-7f3a";
const agency = `{ kind: etcd, endpoints: ["127.0.0.1:1"], username: ${canary}, password: ${canary} }`;

async function configFile(yaml: string, mode = 0o600): Promise<string> {
  const file = join(await temporaryDirectory(), "coordinator.yaml");
  await writeFile(file, yaml);
  await chmod(file, mode);
  return file;
}

async function complaintOf(yaml: string): Promise<string> {
  const file = await configFile(yaml);
  return await loadConfig(coordinatorConfig, { file, variables: {} }).then(
    () => "",
    (error: Error) => `${error.message}\n${error.stack}`,
  );
}

describe("a configuration with a secret that is", () => {
  it.each([
    ["a list", `agency: { kind: etcd, endpoints: ["a:1"], username: u, password: [${canary}] }`],
    ["a mapping", `agency: { kind: etcd, endpoints: ["a:1"], username: u, password: { ${canary}: ${canary} } }`],
    ["without its user", `agency: { kind: etcd, endpoints: ["a:1"], password: ${canary} }`],
    ["in a list", `agency: [{ password: ${canary} }]`],
    ["in the wrong place", `password: ${canary}`],
    ["misspelt", `agency: { kind: etcd, endpoints: ["a:1"], pasword: ${canary} }`],
    ["without a space before it", `agency: { kind: etcd, endpoints: ["a:1"], password:${canary} }`],
    ["in an endpoint", `agency: { kind: etcd, endpoints: ["http://root:${canary}@a:1"] }`],
    ["beside another mistake", `agency: ${agency}\nlogLevel: loud`],
    ["an alias", `agency: { password: *${canary} }`],
    ["a tag", `agency: { password: !${canary} x }`],
    ["a bad escape", `agency: { password: "${canary}\\q" }`],
    ["after a text", `agency: { password: "x" ${canary} }`],
    ["in a block header", `agency:\n  password: |${canary}\n    x`],
    ["a directive", `%${canary}\nagency: ${agency}`],
    ["a name twice", `agency: { password: ${canary}, password: ${canary} }`],
    ["begun with @", `agency: { password: @${canary} }`],
    ["in a key that is open", `agency:\n  password: ${canary}: x`],
    ["in a quote that is open", `agency: { password: "${canary}`],
    ["in itself", `agency: &a { password: ${canary}, agency: *a }`],
  ])("%s is refused without a word of it", async (_what, yaml) => {
    const complaint = await complaintOf(yaml);
    expect(complaint).toContain("coordinator.yaml: ");
    expect(complaint).not.toContain(canary);
  });

  it("in a variable is refused without a word of it", async () => {
    const variables = { STILLPOINT_AGENCY_KIND: "etcd", STILLPOINT_AGENCY_PASSWORD: canary, STILLPOINT_CLAIM_TTL: "x" };
    const { stderr, code } = await runCli(["coordinator"], { env: variables });
    expect(stderr).toContain('STILLPOINT_CLAIM_TTL: claimTtl is "x"');
    expect(stderr).not.toContain(canary);
    expect(code).toBe(2);
  });
});

describe("a configuration file", () => {
  const load = (file: string) => loadConfig(coordinatorConfig, { file, variables: {} });

  it.each([
    [0o604, 0, "0640"],
    [0o644, 0, "0640"],
    [0o660, 0, "0640"],
    [0o640, 1000, "0600"],
    [0o602, 1000, "0600"],
  ])("with a secret in it, of mode %o and user %i, is refused and says the chmod", async (mode, uid, allowed) => {
    const file = await configFile(`agency: ${agency}`, mode);
    if (process.getuid?.() === 0) await chown(file, uid, uid);
    const expected = process.getuid?.() === 0 ? allowed : "0600";
    await expect(load(file)).rejects.toThrow(
      `${file}: has the secret agency.username in it, and others may read or change it (mode 0${mode.toString(8)}): chmod ${expected} ${file}`,
    );
  });

  it.each([0o600, 0o400, 0o700])("with a secret in it, of mode %o, is taken", async (mode) => {
    const config = await load(await configFile(`agency: ${agency}`, mode));
    expect(config.agency).toMatchObject({ username: expect.any(Secret) });
  });

  it("with a secret in the wrong place must be kept as well", async () => {
    await expect(load(await configFile(`password: ${canary}`, 0o644))).rejects.toThrow("chmod");
  });

  it("without a secret may be read by everybody", async () => {
    await load(await configFile("agency: { kind: embedded, file: /var/lib/agency.db }", 0o666));
  });
});

it("a secret shows itself to nobody but who asks for it", () => {
  const lines: string[] = [];
  const secret = new Secret(canary);
  openLog("agent", "info", { write: (line) => lines.push(line) }).info(
    { secret, deep: { in: { it: secret } } },
    `${secret}`,
  );
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    ...lines,
  ];
  expect(shown.join()).not.toContain(canary);
  expect(secret.reveal()).toBe(canary);
});

it("a coordinator with a secret prints it nowhere, whether etcd is there, refuses it, or goes away", async () => {
  await using etcd = await Etcd.start();
  const yaml = `listen: "127.0.0.1:0"\nlogLevel: trace\nagency: ${agency.replace("127.0.0.1:1", etcd.endpoint)}`;
  const coordinator = startCli(["coordinator", "--config", await configFile(yaml)], { env: { STILLPOINT_DEBUG: "1" } });
  onTestFinished(() => void coordinator.process.kill("SIGKILL"));
  await coordinator.says("coordinator listens");
  const [, address = ""] = /"address":"([^"]+)"/.exec(coordinator.output.stderr) ?? [];
  const ask = (...args: string[]) =>
    runCli([...args, "--coordinator", address], { env: { STILLPOINT_DEBUG: "1", STILLPOINT_AGENCY_PASSWORD: canary } });

  const refused = [
    await ask("status"),
    await ask("create", "--json"),
    await ask("--help"),
    await ask("coordinator", "--help"),
  ];
  await etcd.kill();
  const unanswered = await Promise.all([ask("status"), ask("plan", "show")]);
  coordinator.process.kill("SIGTERM");
  const printed = [...refused, ...unanswered, await coordinator.ended].map(({ stdout, stderr }) => stdout + stderr);

  expect(printed[0]).toMatch(/authentication is not enabled/);
  expect(printed[4]).toMatch(/does not answer/);
  expect(printed.join("\n")).not.toContain(canary);
});
