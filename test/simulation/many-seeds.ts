// Many seeds, in this process or in several beside each other; what they met together, and the first that failed.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Coverage } from "./coverage.ts";
import { runSeed } from "./run-seed.ts";

export interface Failure {
  seed: number;
  invariant: string;
  message: string;
}

export interface Batch {
  seeds: number;
  failures: Failure[];
  coverage: [string, number][];
}

export const batchSize = 50;

/** The seeds `from`, `from + 1`, …, `from + count - 1`. */
export async function runBatch(from: number, count: number): Promise<Batch> {
  const coverage = new Coverage();
  const failures: Failure[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const { violation, coverage: met } = await runSeed({ seed });
    coverage.add(met.counts);
    if (violation !== undefined) failures.push({ seed, invariant: violation.invariant, message: violation.message });
  }
  return { seeds: count, failures, coverage: [...coverage.counts] };
}

/** All batches, spread over processes; `onBatch` is told of each as it comes. */
export async function runMany(
  { from, seeds, workers }: { from: number; seeds: number; workers: number },
  onBatch: (batch: Batch) => void,
): Promise<void> {
  const starts = Array.from({ length: Math.ceil(seeds / batchSize) }, (_, index) => from + index * batchSize);
  const end = from + seeds;
  const sizeOf = (start: number) => Math.min(batchSize, end - start);
  const work = async () => {
    const child = workers > 1 ? new Child() : undefined;
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      onBatch(await (child?.run(start, sizeOf(start)) ?? runBatch(start, sizeOf(start))));
    }
    child?.close();
  };
  await Promise.all(Array.from({ length: workers }, work));
}

class Child {
  readonly #process = fork(fileURLToPath(new URL("worker.ts", import.meta.url)), {
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });

  run(from: number, count: number): Promise<Batch> {
    return new Promise((resolve, reject) => {
      this.#process.once("message", (batch) => resolve(batch as Batch));
      this.#process.once("exit", (code) => reject(new Error(`a worker ended with ${code}`)));
      this.#process.send({ from, count });
    });
  }

  close(): void {
    this.#process.removeAllListeners("exit");
    this.#process.disconnect();
  }
}
