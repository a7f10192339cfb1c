// What is mounted in the data directory is found before a backup, by real mounts. Needs root.
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkStart } from "../../agent/check-start.ts";
import { agentConfig } from "../../agent/config.ts";
import { nodeDisk } from "../../agent/disk.ts";
import { writeFiles } from "../support/file-tree.ts";
import { quickDisk } from "../support/hooked-disk.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { forever, openTestAgent, testLayout } from "../support/test-agent.ts";

describe.skipIf(!SmallDisk.isPossible())("what is mounted in the data directory", () => {
  let disk: SmallDisk;
  let dataDir: string;

  beforeAll(async () => {
    disk = await SmallDisk.mount(16);
    dataDir = join(disk.path, "db 1");
    await writeFiles(dataDir, { CURRENT: "", my_conf: "", "sub/deep dir/file": "", "cache/page": "", "backups/x": "" });
    await writeFiles(disk.path, { "elsewhere/file": "" });
  });

  afterAll(() => disk?.remove());

  /** Has it mounted while `work` runs. */
  async function mounted<Result>(what: "tmpfs" | "bind", at: string, work: () => Promise<Result>): Promise<Result> {
    const source = join(disk.path, "elsewhere", at === "my_conf" ? "file" : "");
    disk.mountOn(join(dataDir, at), what === "tmpfs" ? ["-t", "tmpfs", "tmpfs"] : ["--bind", source]);
    try {
      return await work();
    } finally {
      disk.unmount(join(dataDir, at));
    }
  }

  it.each([
    ["tmpfs", "sub"],
    ["tmpfs", "sub/deep dir"],
    ["bind", "sub/deep dir"],
    ["bind", "my_conf"],
  ] as const)(
    "a %s on %s is found, also by a link to the data directory, and named before a backup",
    async (what, at) => {
      await symlink(dataDir, `${dataDir}-${what}-${at.replace("/", "-")}`);
      const problem = expect.stringContaining(`"${join(dataDir, at)}" is a mount point in the data: mount all data at`);
      const { agent } = await openTestAgent({ dataDir, disk: quickDisk });
      expect(await agent.describe(true, forever)).toMatchObject({ state: { healthy: true } });
      await mounted(what, at, async () => {
        expect(await nodeDisk.mountPoints(`${dataDir}-${what}-${at.replace("/", "-")}`)).toEqual([at]);
        expect(await agent.describe(true, forever)).toMatchObject({ state: { healthy: false, problem } });
        expect(await foundByCheck(dataDir)).toEqual({ outcome: "broken", found: problem });
      });
      expect(await foundByCheck(dataDir)).toMatchObject({ outcome: "holds" });
    },
  );

  it("is in nobody's way in a directory that is excluded whole, and that a restore leaves where it is", async () => {
    await mounted("bind", "cache", async () => {
      expect(await nodeDisk.mountPoints(dataDir)).toEqual(["cache"]);
      const { agent } = await openTestAgent({ dataDir, disk: quickDisk });
      expect(await agent.describe(true, forever)).toMatchObject({ state: { healthy: true } });
      const layout = {
        ...testLayout,
        classify: (path: string) => (path === "cache" ? "excluded" : "mutable"),
      } as const;
      const filled = await openTestAgent({ dataDir, disk: quickDisk, layout });
      expect(await filled.agent.describe(true, forever)).toMatchObject({ state: { healthy: false } });
    });
  });

  it("at the place of the backups makes another file system of them, whatever its device", async () => {
    await mounted("bind", "backups", async () => {
      const { agent } = await openTestAgent({ dataDir, disk: quickDisk });
      expect(await agent.describe(true, forever)).toMatchObject({ state: { healthy: true }, sameFilesystem: false });
    });
  });

  it("is not what is mounted within that, nor what another mount has hidden, nor what is beside it", async () => {
    await mkdir(`${dataDir}x/sub`, { recursive: true });
    disk.mountOn(`${dataDir}x/sub`, ["-t", "tmpfs", "tmpfs"]);
    await mounted("bind", "sub", async () => {
      await mkdir(join(dataDir, "sub/within"));
      await mounted("tmpfs", "sub/within", async () => {
        expect(await nodeDisk.mountPoints(dataDir)).toEqual(["sub"]);
        disk.mountOn(dataDir, ["--bind", join(disk.path, "elsewhere")]);
        expect(await nodeDisk.mountPoints(dataDir)).toEqual([]);
        disk.unmount(dataDir);
      });
    });
    disk.unmount(`${dataDir}x/sub`);
  });
});

async function foundByCheck(dataDir: string) {
  const engine = { kind: "exec", stop: ["true"], resume: ["true"] };
  const config = agentConfig.parse({
    server: "db1",
    listen: "127.0.0.1:0",
    dataDir,
    engine,
    files: { mutable: ["**"] },
  });
  const findings = await Array.fromAsync(checkStart(config));
  const { outcome, found } = findings.find(({ name }) => name === "files") ?? {};
  return { outcome, found };
}
