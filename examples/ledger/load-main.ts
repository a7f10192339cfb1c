// The load client as a command.
import { Command } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import { runUntilSignal } from "../../runtime/shutdown.ts";
import { holdTransaction, startLoad } from "./load.ts";
import { serverAddresses, wholeNumber } from "./options.ts";

interface Options {
  servers: Map<string, string>;
  workers: number;
  seconds: number;
  seed: number;
  hold?: string;
  holdMs: number;
}

const command = new Command("ledger-load")
  .description("Moves money between random accounts for a while, then reports")
  .requiredOption("--servers <id=host:port,...>", "the ledger's servers", serverAddresses)
  .option("--workers <n>", "transfers under way at the same time", wholeNumber, 8)
  .option("--seconds <n>", "how long", wholeNumber, 10)
  .option("--seed <n>", "which random transfers", wholeNumber, 1)
  .option("--hold <id>", "also keep a write transaction open on this server")
  .option("--hold-ms <n>", "for so long", wholeNumber, 5000);

async function run({ servers, workers, seconds, seed, hold, holdMs }: Options, stop: AbortSignal): Promise<void> {
  const all = [...servers].map(([id, address]) => ({ id, address }));
  const held = all.filter(({ id }) => id === hold);
  const load = await startLoad({ servers: all, workers, seed });
  try {
    const holds = held.map((server) => holdTransaction(server, holdMs, stop));
    await Promise.all([systemClock.sleep(seconds * 1000, stop), ...holds]);
  } finally {
    console.log(JSON.stringify(await load.stop(), undefined, 2));
  }
}

const options = command.parse().opts<Options>();
await runUntilSignal((stop) => run(options, stop), { graceMs: 60_000, report: () => {} });
