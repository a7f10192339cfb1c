// What the owner of a database writes: batch after batch, each a function of its number. So whoever knows the number of the
// last batch knows everything that must be in the database. Values cannot be compressed.
import { createHash } from "node:crypto";

export interface Operation {
  key: string;
  /** Undefined: delete. */
  value: string | undefined;
}

const operationsPerBatch = 50;
const keys = 500;
const longestValue = 400; // bytes, before they become base64

export function batchOf(number: number): Operation[] {
  const random = generator(number);
  const operations = Array.from({ length: operationsPerBatch }, (_, index): Operation => {
    const key = `key${Math.floor(random() * keys)}`;
    if (random() < 0.2) return { key, value: undefined };
    const outputLength = 1 + Math.floor(random() * longestValue);
    return { key, value: createHash("shake256", { outputLength }).update(`${number} ${index}`).digest("base64") };
  });
  return [...operations, { key: "seq", value: String(number) }];
}

/** What the database holds after batch after batch. */
export class LsmModel {
  readonly entries = new Map<string, string>();
  #batches = 0;

  advanceTo(batches: number): void {
    for (; this.#batches < batches; this.#batches++) {
      for (const { key, value } of batchOf(this.#batches + 1)) {
        if (value === undefined) this.entries.delete(key);
        else this.entries.set(key, value);
      }
    }
  }

  /** Keys that are missing, too many or different. */
  differences(actual: ReadonlyMap<string, string>): string[] {
    const all = new Set([...this.entries.keys(), ...actual.keys()]);
    return [...all].filter((key) => this.entries.get(key) !== actual.get(key));
  }
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
