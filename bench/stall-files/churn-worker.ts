// A database whose compaction adds a table and drops another, again and again.
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

const { dataDir, everyMs, from } = workerData as { dataDir: string; everyMs: number; from: number };
const nobodyWakesUs = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

for (let number = from; ; number++) {
  writeFileSync(join(dataDir, `${number}.sst`), "table");
  if (number > from) unlinkSync(join(dataDir, `${number - 1}.sst`));
  Atomics.wait(nobodyWakesUs, 0, 0, everyMs);
}
