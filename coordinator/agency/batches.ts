// Writes that are too many for one transaction, in batches that are not (etcd takes 128 writes and 1.5 MiB).
import type { TransactionLimits } from "./store.ts";

export interface Writes {
  put: { key: string; value: Buffer }[];
  remove: string[];
}

/** In order, puts first; at least one batch, so that an empty change is checked too. */
export function batchesOf(writes: Writes, limits: TransactionLimits): Writes[] {
  const batches: Writes[] = [{ put: [], remove: [] }];
  let [operations, bytes] = [0, 0];
  const batchWithRoomFor = (size: number): Writes => {
    if (operations > 0 && (operations + 1 > limits.operations || bytes + size > limits.bytes)) {
      batches.push({ put: [], remove: [] });
      [operations, bytes] = [0, 0];
    }
    operations += 1;
    bytes += size;
    return batches.at(-1) as Writes;
  };
  for (const entry of writes.put) batchWithRoomFor(entry.key.length + entry.value.length).put.push(entry);
  for (const key of writes.remove) batchWithRoomFor(key.length).remove.push(key);
  return batches;
}
