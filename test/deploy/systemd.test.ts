// The units in deploy/systemd, as systemd itself reads them, beside those of this machine.
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { canHave, needSystemd } from "../support/need.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const units = fileURLToPath(new URL("../../deploy/systemd", import.meta.url));
const system = "/lib/systemd/system";
const ours = ["stillpoint-agent.service", "stillpoint-coordinator.service"];

/** A root directory with all units, and the programs that they start; files of our own may be put over it. */
async function rootWithUnits(files: Record<string, string> = {}): Promise<string> {
  const root = await temporaryDirectory();
  await cp(system, join(root, system), { recursive: true, verbatimSymlinks: true });
  await cp(units, join(root, "etc/systemd/system"), { recursive: true });
  const server = "[Service]\nType=notify\nExecStart=/usr/bin/redis-server\n"; // as Debian's, which may not be installed here
  await writeFile(join(root, system, "redis-server.service"), server);
  for (const program of ["usr/local/bin/stillpoint", "usr/bin/redis-server", "bin/sh"]) await addProgram(root, program);
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, "etc/systemd/system", name), text);
  return root;
}

async function addProgram(root: string, path: string): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), "#!/bin/sh\n");
  await chmod(join(root, path), 0o755);
}

/** What systemd-analyze says that is wrong. */
async function analyze(root: string, ...args: string[]): Promise<string> {
  const [command = "", ...rest] = args;
  return await promisify(execFile)("systemd-analyze", [command, "--no-pager", `--root=${root}`, ...rest]).then(
    ({ stderr }) => stderr,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  );
}

const verify = (root: string, ...names: string[]) => analyze(root, "verify", "--man=no", ...names);

describe.skipIf(!canHave("systemd-analyze"))("the systemd units", () => {
  beforeAll(needSystemd);

  it("have nothing in them that systemd does not know", async () => {
    expect(await verify(await rootWithUnits(), ...ours)).toBe("");
  });

  it("go with the unit of a database server that waits while a restore exchanges its data", async () => {
    expect(await verify(await rootWithUnits(), "redis-server.service")).toBe("");
  });

  it("would not pass with a word misspelt", async () => {
    const root = await rootWithUnits({ "wrong.service": "[Service]\nExecStart=/bin/sh\nNoNewPriviledges=yes\n" });
    expect(await verify(root, "wrong.service")).toContain("NoNewPriviledges");
  });

  it.each(ours)("%s is hardened: systemd's own exposure level is 2.0 or less of 10", async (name) => {
    const security = (threshold: string) =>
      rootWithUnits().then((root) => analyze(root, "security", "--offline=true", `--threshold=${threshold}`, name));
    expect(await security("20")).toBe("");
    expect(await security("10")).toContain("Overall exposure level");
  });
});
