// A process that runs the batches of seeds that it is told to (many-seeds.ts).
import { runBatch } from "./many-seeds.ts";

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  const { from, count } = message as { from: number; count: number };
  void runBatch(from, count).then((batch) => process.send?.(batch));
});
