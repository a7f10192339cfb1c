// The process that owns a database: writes batches until it is told to pause. Flushes and compactions go on in a pause.
import { openLsm } from "./lsm-database.ts";
import { batchOf } from "./lsm-load.ts";

export type Request =
  | { ask: "pause" }
  | { ask: "compact" }
  | { ask: "close" }
  /** Goes on writing, and answers when so many more batches are in the database. */
  | { ask: "run"; batches: number };

export interface Reply {
  /** Number of the last batch that is in the database. */
  batches: number;
}

const [kind, directory] = process.argv.slice(2);
const database = await openLsm(kind === "rocksdb" ? "rocksdb" : "leveldb", directory ?? "");
let batches = 0;
let writer = { paused: true, done: Promise.resolve() };
let milestone = { batches: 0, reached: () => {} };

async function write(own: { paused: boolean }): Promise<void> {
  while (!own.paused) {
    await database.apply(batchOf(batches + 1));
    batches++;
    if (batches === milestone.batches) milestone.reached();
  }
}

async function pause(): Promise<void> {
  writer.paused = true;
  await writer.done;
}

async function run(more: number): Promise<void> {
  await pause();
  const reached = new Promise<void>((resolve) => {
    milestone = { batches: batches + more, reached: resolve };
  });
  writer = { paused: false, done: Promise.resolve() };
  writer.done = write(writer);
  await Promise.race([reached, writer.done]);
}

async function handle(request: Request): Promise<void> {
  if (request.ask === "run") return await run(request.batches);
  if (request.ask === "compact") return await database.compact();
  await pause();
  if (request.ask === "close") await database.close();
}

process.on("message", (request: Request) => {
  void handle(request).then(() => {
    process.send?.({ batches } satisfies Reply);
    if (request.ask === "close") process.disconnect();
  });
});
process.on("disconnect", () => process.exit());
process.send?.({ batches } satisfies Reply);
