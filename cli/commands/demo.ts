// stillpoint demo
import { Command, InvalidArgumentError, Option } from "commander";
import { runUntilSignal } from "../../runtime/shutdown.ts";
import { type GlobalOptions, withExample } from "../options.ts";
import { Output } from "../output.ts";
import { reportError } from "../report-error.ts";

/** What `runDemo` of cli/demo/run-demo.ts is given. It resolves with the exit code when all that it started has ended. */
export interface DemoOptions {
  engine: "ledger" | "redis" | "mariadb";
  agency: "embedded" | "etcd";
  /** How many clients write at the same time. */
  clients: number;
  /** Leave the cluster running until `stop` aborts. */
  keep: boolean;
  /** The servers only say that they stop writes: to see that the demo finds out. */
  lie: boolean;
  output: Output;
  stop: AbortSignal;
}

/** Time for all processes of the demo to end. */
const graceMs = 30_000;

export function demoCommand(): Command {
  const agencies = new Option("--agency <kind>", "where the Plan and the claim are").choices(["embedded", "etcd"]);
  const engines = new Option("--engine <kind>", "which database servers: Stillpoint's own example, or real ones");
  const command = new Command("demo")
    .description("Run a small cluster on this machine, back it up under load, restore it, and check every transfer.")
    .addOption(engines.choices(["ledger", "redis", "mariadb"]).default("ledger"))
    .addOption(agencies.default("embedded"))
    .option("--clients <n>", "how many clients write at the same time", fromOneTo999, 6)
    .option("--keep", "leave the cluster running until Ctrl-C, and say what to try")
    .addOption(new Option("--lie <what>").choices(["stop"]).conflicts("engine").hideHelp());
  return withExample(command, "stillpoint demo --keep").action(demo);
}

interface CommandOptions {
  engine: DemoOptions["engine"];
  agency: DemoOptions["agency"];
  clients: number;
  keep?: boolean;
  lie?: "stop";
}

async function demo({ engine, agency, clients, keep = false, lie }: CommandOptions, self: Command): Promise<void> {
  const output = new Output(self.optsWithGlobals<GlobalOptions>().json ?? false);
  const { runDemo } = await import("../demo/run-demo.ts");
  process.exitCode = await runUntilSignal(
    (stop) => runDemo({ engine, agency, clients, keep, lie: lie === "stop", output, stop }),
    {
      graceMs,
      report: (event) => {
        if (event.kind === "crashed") reportError(event.error, output);
        else output.say(event.kind === "stopping" ? "stopping the demo" : `left without waiting: ${event.why}`);
      },
    },
  );
}

function fromOneTo999(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a whole number from 1 to 999");
}
