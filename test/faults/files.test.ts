// Disks and data directories that make trouble: full, read-only, on another device; very many files, odd names, links.
// The first server's data directory is on a small disk of its own.
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { messageOf } from "../../proto/errors.ts";
import { oddNames } from "../support/file-tree.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { runCell } from "./cell.ts";
import { backupProblems, createNext, deleteBackups, endOf } from "./checks.ts";
import { backupsElsewhere, backupsReadOnly, diskFull } from "./disk-faults.ts";
import type { FaultCluster, TestedServer } from "./fault-cluster.ts";
import { leftOvers } from "./left-overs.ts";
import { promisedStallMs, slackMs } from "./limits.ts";
import { LoadedCluster } from "./loaded-cluster.ts";
import { allCells, type Cell } from "./report.ts";
import { fileColumns } from "./steps.ts";

const manyFiles = allCells ? 20_000 : 2_000;

describe.skipIf(!SmallDisk.isPossible())("a server's disk and directory", () => {
  let disk: SmallDisk;
  let world: LoadedCluster;
  let cluster: FaultCluster;
  let server: TestedServer;

  beforeAll(async () => {
    disk = await SmallDisk.mount(256);
    world = await LoadedCluster.start({ dataDirs: { db1: join(disk.path, "db1") } });
    cluster = world.cluster;
    [server] = cluster.servers as [TestedServer];
  });

  afterEach(() => rm(join(server.dataDir, "extra"), { recursive: true, force: true }));

  afterAll(async () => {
    await world?.close();
    await disk?.remove();
  });

  test.for([
    ...Object.entries(fileColumns).map(([column, step]) => ({ row: "full", faultOf: diskFull, column, step })),
    { row: "read-only", faultOf: backupsReadOnly, column: "prepare", step: "inspected" },
    { row: "on another device", faultOf: backupsElsewhere, column: "inspect", step: "plan-read" },
  ])("is $row at $column", async ({ faultOf, column, step }, { task }) => {
    const cell = await runCell(world, faultOf(disk), step);
    task.meta.cell = { ...cell, table: "files", column };
    expect(cell.broken).toEqual([]);
  });

  /** A backup and a restore with something in the data directory. */
  async function withExtra(row: string, extra: Record<string, string>): Promise<Cell> {
    const directory = join(server.dataDir, "extra");
    await mkdir(directory);
    for (const [name, content] of Object.entries(extra)) await writeFile(join(directory, name), content);
    world.writers.reset();
    const { outcome, message, id = "" } = await endOf(cluster.victim.create());
    const stallMs = Math.max(...world.writers.longestMs().values());
    await rm(directory, { recursive: true });
    const [made, restored] = [{ outcome, message }, await endOf(cluster.victim.restore(id))];
    expect([made, restored.outcome], restored.message).toEqual([{ outcome: "complete", message: "" }, "complete"]);
    const lost: string[] = [];
    for (const [name, content] of Object.entries(extra)) {
      if ((await readFile(join(directory, name), "utf8").catch(messageOf)) !== content) lost.push(name);
    }
    const broken = [
      ...(lost.length === 0 ? [] : [`${lost.length} files were lost, "${lost[0]}" among them`]),
      ...(stallMs > promisedStallMs + slackMs ? [`writes stood still for ${stallMs} ms`] : []),
      ...(await leftOvers(cluster)),
      ...(await backupProblems(cluster, [id])),
    ];
    await deleteBackups(cluster);
    return { table: "files", row, column: "backup and restore", outcome, stallMs, broken };
  }

  test("very many files", { timeout: 240_000 }, async ({ task }) => {
    const names = Array.from({ length: manyFiles }, (_, index) => `${String(index + 1).padStart(6, "0")}.ldb`);
    task.meta.cell = await withExtra(
      `${manyFiles.toLocaleString("en-US")} files`,
      Object.fromEntries(names.map((name) => [name, name])),
    );
    expect(task.meta.cell.broken).toEqual([]);
  });

  test("odd names", async ({ task }) => {
    task.meta.cell = await withExtra("odd names", Object.fromEntries(oddNames.map((name) => [name, name])));
    expect(task.meta.cell.broken).toEqual([]);
  });

  test.for([
    { row: "a link that points outside", add: (path: string) => symlink("/etc/hostname", path) },
    {
      row: "a name that is not UTF-8",
      add: (path: string) => writeFile(Buffer.from([...Buffer.from(path), 0xff]), ""),
    },
  ])("$row", async ({ row, add }, { task }) => {
    const directory = join(server.dataDir, "extra");
    await mkdir(directory);
    await add(join(directory, "name"));
    const { outcome, message } = await endOf(cluster.victim.create());
    expect(message).toMatch(/"db1".*(points outside|not UTF-8)/);
    await rm(directory, { recursive: true });
    const broken = [...(await leftOvers(cluster)), ...(await backupProblems(cluster, [await createNext(cluster)]))];
    task.meta.cell = { table: "files", row, column: "inspect", outcome, broken };
    expect(broken).toEqual([]);
    await deleteBackups(cluster);
  });
});
