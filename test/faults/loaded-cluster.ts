// The cluster with clients that write all the time: some transfers that touch two servers each, and on every server one
// client that measures how long its writes stand still. Few enough that reading what they wrote stays quick.
import { type Load, startLoad } from "../../examples/ledger/load.ts";
import { FaultCluster, type FaultClusterOptions } from "./fault-cluster.ts";
import { startWriters, type Writers } from "./writers.ts";

export class LoadedCluster implements AsyncDisposable {
  readonly cluster: FaultCluster;
  readonly writers: Writers;
  readonly #load: Load;

  static async start(options: FaultClusterOptions = {}): Promise<LoadedCluster> {
    const cluster = await FaultCluster.start(options);
    return new LoadedCluster(cluster, await transfersOn(cluster));
  }

  private constructor(cluster: FaultCluster, load: Load) {
    this.cluster = cluster;
    this.writers = startWriters(cluster.servers);
    this.#load = load;
  }

  async close(): Promise<void> {
    await Promise.all([this.writers.stop(), this.#load.stop()]);
    await this.cluster.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export function transfersOn({ servers }: FaultCluster): Promise<Load> {
  return startLoad({ servers, workers: 2, seed: 1, pauseMs: 15 });
}
