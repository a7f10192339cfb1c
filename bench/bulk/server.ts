// An agent on a data directory of so much data, and the piece that it makes of it.
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, nextMessage } from "../child.ts";
import type { BulkRequest } from "./agent-process.ts";

export interface BulkData {
  name: string;
  files: number;
  bytesPerFile: number;
  /** How often all is measured. */
  times: number;
}

const program = new URL("agent-process.ts", import.meta.url);

export class BulkServer implements AsyncDisposable {
  readonly files: number;
  readonly #home: string;
  readonly #dataDir: string;
  readonly #agent: ChildProcess;
  #backupId = "";
  #token = 1;

  static async open({ files, bytesPerFile }: BulkData): Promise<BulkServer> {
    const home = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    const dataDir = join(home, "data");
    mkdirSync(dataDir);
    const content = Buffer.alloc(bytesPerFile);
    for (let number = 0; number < files; number++) {
      randomFillSync(content, 0, Math.min(bytesPerFile, 4096));
      writeFileSync(join(dataDir, `${number}.sst`), content);
    }
    const agent = fork(program, [dataDir]);
    await nextMessage(agent);
    return new BulkServer(files, home, dataDir, agent);
  }

  private constructor(files: number, home: string, dataDir: string, agent: ChildProcess) {
    this.files = files;
    this.#home = home;
    this.#dataDir = dataDir;
    this.#agent = agent;
  }

  /** Nobody waits for the disk because of what another has written or removed. */
  settle(): void {
    spawnSync("sync", ["--file-system", this.#home]);
  }

  /** The `data/` of the newest piece. */
  get pieceData(): string {
    return join(this.#dataDir, "backups", this.#backupId, "data");
  }

  seal(): Promise<number> {
    this.#backupId = `2026-11-22T15.04.05.123Z_bench${this.#token}`;
    return this.#ask("seal");
  }

  verify(): Promise<number> {
    return this.#ask("verify");
  }

  stageByLinks(): Promise<number> {
    return this.#ask("stageByLinks");
  }

  /** The piece's data by `cp` with these arguments. */
  async copied(args: string[], isDurable?: "durable"): Promise<number> {
    const to = join(this.#home, "copy");
    const begin = performance.now();
    spawnSync("cp", [...args, this.pieceData, to]);
    if (isDurable) this.settle();
    const ms = performance.now() - begin;
    await rm(to, { recursive: true });
    return ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#agent);
    await rm(this.#home, { recursive: true });
  }

  /** In milliseconds, as the agent has measured it. */
  async #ask(what: BulkRequest["what"]): Promise<number> {
    const request: BulkRequest = { what, backupId: this.#backupId, token: this.#token };
    this.#token += 2;
    this.#agent.send(request);
    return await nextMessage(this.#agent);
  }
}
