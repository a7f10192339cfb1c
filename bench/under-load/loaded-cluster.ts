// The demo's cluster of ledger servers, with an agent beside each and a coordinator, all of them processes as a user starts
// them; and clients of it that write all the time, while it is backed up or not.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Cluster, startCluster } from "../../cli/demo/cluster.ts";
import { ledgerDemo } from "../../cli/demo/engines/ledger.ts";
import { type Load, startLoad } from "../../examples/ledger/load.ts";
import type { Backup } from "../../proto/gen/stillpoint/v1/Backup.ts";
import { backUp } from "../back-up.ts";

/** What clients and servers saw for a while. */
export interface Window {
  durationMs: number;
  /** How long each write took that ended in it. */
  writesMs: number[];
  /** One for each server and backup. */
  stallsMs: number[];
  backups: number;
}

const forever = new AbortController().signal;
const clients = 16;
const seed = 5;

export class LoadedCluster implements AsyncDisposable {
  readonly #directory: string;
  readonly #cluster: Cluster;
  #load: Load | undefined;
  #writesMs: number[] = [];

  static async open(): Promise<LoadedCluster> {
    const directory = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    const options = { engine: ledgerDemo, directory, agency: "embedded", lie: false, preferredPort: 0 } as const;
    return new LoadedCluster(directory, await startCluster(options, forever));
  }

  private constructor(directory: string, cluster: Cluster) {
    this.#directory = directory;
    this.#cluster = cluster;
  }

  /** How long each client has to think after a write when all of them together shall do so many. */
  thinkingMs(writesPerS: number): number {
    return (1000 * clients) / writesPerS;
  }

  /** In the place of the load before. */
  async startLoad(thinkingMs: number): Promise<void> {
    await this.#endLoad();
    const onDone = (ms: number) => void this.#writesMs.push(ms);
    const { servers } = this.#cluster;
    this.#load = await startLoad({ servers, workers: clients, seed, pauseMs: thinkingMs, onDone });
  }

  async window(durationMs: number, backups: { everyMs: number } | undefined): Promise<Window> {
    const beginAt = performance.now();
    this.#writesMs = [];
    const taken: Backup[] = [];
    if (backups !== undefined) {
      for (let nextAt = beginAt; nextAt < beginAt + durationMs; nextAt += backups.everyMs) {
        await until(nextAt);
        taken.push(await backUp(this.#cluster.client));
      }
    }
    await until(beginAt + durationMs);
    const stallsMs = taken.flatMap(({ servers }) => servers.map(({ stallMs }) => stallMs));
    return { durationMs: performance.now() - beginAt, writesMs: this.#writesMs, stallsMs, backups: taken.length };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endLoad();
    await this.#cluster[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true });
  }

  async #endLoad(): Promise<void> {
    const report = await this.#load?.stop();
    if (report !== undefined && report.failed > 0) throw new Error(`a write failed: ${report.lastFailure}`);
  }
}

async function until(at: number): Promise<void> {
  const ms = at - performance.now();
  if (ms > 0) await pause(ms);
}
