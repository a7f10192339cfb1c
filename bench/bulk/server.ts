// An agent in this process, on a data directory of so much data, and the piece that it makes of it.
import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "../../agent/agent.ts";
import { nodeDisk } from "../../agent/disk.ts";
import { globLayout } from "../../agent/files/globs.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { RestoreArea } from "../../agent/restore.ts";
import { systemClock } from "../../runtime/clock.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { dump, facts, forever, lockRequest, resultOf, sha256Of } from "../../test/support/test-agent.ts";

export interface BulkData {
  name: string;
  files: number;
  bytesPerFile: number;
}

const layout = globLayout({ immutable: ["*.sst"] });

export class BulkServer implements AsyncDisposable {
  readonly files: number;
  readonly #home: string;
  readonly #dataDir: string;
  readonly #agent: Agent;
  #backupId = "";
  #token = 0;
  #copies = 0;

  static async open({ files, bytesPerFile }: BulkData): Promise<BulkServer> {
    const home = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    const dataDir = join(home, "data");
    mkdirSync(dataDir);
    const content = Buffer.alloc(bytesPerFile);
    for (let number = 0; number < files; number++) {
      randomFillSync(content, 0, Math.min(bytesPerFile, 4096));
      writeFileSync(join(dataDir, `${number}.sst`), content);
    }
    const server = new BulkServer(files, home, dataDir);
    await server.#agent.open(forever);
    return server;
  }

  private constructor(files: number, home: string, dataDir: string) {
    this.files = files;
    this.#home = home;
    this.#dataDir = dataDir;
    this.#agent = new Agent({
      ...{ serverId: "db1", version: "bench", dataDir, engine: new FakeEngine(), layout },
      ...{ disk: nodeDisk, clock: systemClock, list: listFiles, report: () => {} },
    });
  }

  /** Nobody waits for the disk because of what another has written or removed. */
  settle(): void {
    spawnSync("sync", ["--file-system", this.#home]);
  }

  /** The `data/` of the newest piece. */
  get pieceData(): string {
    return join(this.#dataDir, "backups", this.#backupId, "data");
  }

  /** Of a piece that was just cut; the one before it is deleted. */
  async seal(): Promise<number> {
    const old = this.#backupId;
    this.#token++;
    this.#backupId = `2026-11-22T15.04.05.123Z_bench${this.#token}`;
    const run = { backupId: this.#backupId, token: this.#token };
    await resultOf(this.#agent.prepare(run, forever));
    await this.#agent.lock({ ...run, ...lockRequest }, forever);
    await this.#agent.snapshot({ ...run, round: 1 }, false);
    await this.#agent.storeDump({ ...run, round: 1 }, dump, sha256Of(dump));
    const ms = await timed(() => resultOf(this.#agent.seal({ ...run, round: 1 }, facts, forever)));
    await this.#agent.commit(run);
    if (old !== "") await this.#agent.deletePiece({ backupId: old, token: ++this.#token });
    return ms;
  }

  verify(): Promise<number> {
    return timed(() => resultOf(this.#agent.verify(this.#backupId, forever)));
  }

  /** What a restore builds beside the data, without the look at all checksums before it. */
  async stageByLinks(): Promise<number> {
    const disk = { ...nodeDisk, clone: async () => false };
    const area = new RestoreArea({ dataDir: this.#dataDir, layout, disk });
    const listing = await listFiles(this.pieceData);
    const run = { backupId: this.#backupId, token: this.#token };
    const ms = await timed(() => area.stage(run, { data: this.pieceData, listing }, forever));
    await area.undo();
    return ms;
  }

  /** The piece's data by `cp` with these arguments. */
  async copied(args: string[], isDurable?: "durable"): Promise<number> {
    const to = join(this.#home, `copy-${this.#copies++}`);
    const ms = await timed(async () => {
      spawnSync("cp", [...args, this.pieceData, to]);
      if (isDurable) this.settle();
    });
    await rm(to, { recursive: true });
    return ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
    await rm(this.#home, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
