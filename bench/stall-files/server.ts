// One server's directory of so many files, as an LSM has them, an agent beside it, and a writer that adds and drops tables.
import { spawnSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Agent } from "../../agent/agent.ts";
import { nodeDisk } from "../../agent/disk.ts";
import { watchChanges } from "../../agent/files/change-watch.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { lsmLayout } from "../../agent/files/lsm.ts";
import { systemClock } from "../../runtime/clock.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { forever, resultOf } from "../../test/support/test-agent.ts";

const churnEveryMs = 50;
/** Where the writer's table numbers begin. */
const firstNew = 10_000_000;

export class BenchedServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly #home: string;
  readonly #agent: Agent;
  readonly #writer: Worker;
  #runs = 0;

  static async open(files: number): Promise<BenchedServer> {
    const home = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    const dataDir = join(home, "data");
    mkdirSync(dataDir);
    for (let number = 0; number < files; number++) writeFileSync(join(dataDir, `${number}.sst`), "table");
    for (const name of ["MANIFEST-1", "1.log"]) writeFileSync(join(dataDir, name), "x");
    writeFileSync(join(dataDir, "CURRENT"), "MANIFEST-1\n");
    const server = new BenchedServer(home, dataDir);
    await server.#agent.open(forever);
    return server;
  }

  private constructor(home: string, dataDir: string) {
    this.#home = home;
    this.dataDir = dataDir;
    this.#writer = new Worker(new URL("churn-worker.ts", import.meta.url), {
      workerData: { dataDir, everyMs: churnEveryMs, from: firstNew },
    });
    this.#agent = new Agent({
      ...{ serverId: "db1", version: "bench", dataDir, engine: new FakeEngine(), layout: lsmLayout("rocksdb") },
      ...{ disk: nodeDisk, clock: systemClock, list: listFiles, watch: watchChanges, report: () => {} },
    });
  }

  /** Of a new piece, all of which is linked in advance. From the answer of Lock until writes go on, in milliseconds. */
  async cut(): Promise<number> {
    const run = this.#newRun();
    await resultOf(this.#agent.prepare(run, forever));
    this.#settle();
    const ref = await this.#lock(run);
    const { hold } = await this.#agent.snapshot(ref, false);
    await this.#agent.abort(ref);
    return hold?.heldMs ?? Number.NaN;
  }

  async stopAndResume(): Promise<number> {
    this.#settle();
    return (await this.#agent.release(await this.#lock(this.#newRun())))?.heldMs ?? Number.NaN;
  }

  /** `work` gets a directory to link everything into, while writes are stopped. */
  async underLock(work: (from: string, to: string) => void): Promise<number> {
    const to = join(this.#home, "copy");
    this.#settle();
    const ref = await this.#lock(this.#newRun());
    work(this.dataDir, to);
    const report = await this.#agent.release(ref);
    await rm(to, { recursive: true });
    return report?.heldMs ?? Number.NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.terminate();
    await this.#agent.close();
    await rm(this.#home, { recursive: true });
  }

  #newRun() {
    const token = ++this.#runs;
    return { backupId: `2026-11-22T15.04.05.123Z_bench${token}`, token };
  }

  /** Nobody waits for the disk because of what another has linked or removed. */
  #settle(): void {
    spawnSync("sync", ["--file-system", this.#home]);
  }

  async #lock(run: { backupId: string; token: number }) {
    const ref = { ...run, round: 1 };
    await this.#agent.lock({ ...ref, waitMs: 1_000, holdMs: 60_000, abortBlockers: false }, forever);
    return ref;
  }
}

export function linkEverything(from: string, to: string): void {
  mkdirSync(to);
  for (const { name } of readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    linkUnlessGone(join(from, name), join(to, name));
  }
}

/** By cp, but for backups/; so that it takes any number of names, xargs gives it to them. */
export function copyByLinks(from: string, to: string): void {
  const script = 'mkdir "$2" && find "$1" -maxdepth 1 -type f -print0 | xargs -0 cp -al -t "$2"';
  const { stderr } = spawnSync("sh", ["-c", script, "sh", from, to], { encoding: "utf8" });
  const isGone = (line: string) => line === "" || line.endsWith("No such file or directory"); // the writer drops tables
  const problem = stderr.split("\n").find((line) => !isGone(line));
  if (problem !== undefined) throw new Error(problem);
}

/** The writer drops tables meanwhile. */
function linkUnlessGone(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
