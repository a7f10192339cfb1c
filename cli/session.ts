// What a command that talks to a coordinator works with, from the first connection to the last line.
import type { Command } from "commander";
import { runUntilSignal, type ShutdownEvent } from "../runtime/shutdown.ts";
import { cancelledWithinMs } from "./cancel-run.ts";
import type { CoordinatorClient } from "./coordinator-client.ts";
import type { GlobalOptions } from "./options.ts";
import { Output } from "./output.ts";
import { reportError } from "./report-error.ts";
import { openSecurity } from "./security.ts";

export interface Session {
  client: CoordinatorClient;
  output: Output;
  /** Aborts when the person has had enough. */
  stop: AbortSignal;
}

export async function withCoordinator(command: Command, work: (session: Session) => Promise<void>): Promise<void> {
  const { coordinator, json = false, ...options } = command.optsWithGlobals<GlobalOptions>();
  const output = new Output(json);
  await using security = await openSecurity(options);
  const { connect } = await import("./coordinator-client.ts"); // gRPC takes a while to load; --help does not need it
  await runUntilSignal(
    async (stop) => {
      using client = await connect(coordinator, security.channel, stop);
      await work({ client, output, stop });
    },
    { graceMs: cancelledWithinMs, report: (event) => tell(event, output) },
  );
}

function tell(event: ShutdownEvent, output: Output): void {
  if (event.kind === "stopping") output.say("cancelling; Ctrl-C again leaves at once");
  else if (event.kind === "forced") output.say(`left without waiting: ${event.why}`);
  else reportError(event.error, output);
}
