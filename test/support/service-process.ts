// An agent or a coordinator as a process of its own, exactly as the command starts it, but for one thing: it can be told
// to be hit by a signal at a step, at that very point of the algorithm, before anything else happens.
// Arguments: "agent" or "coordinator", the configuration as JSON, and optionally the step and the signal (SIGKILL).
import { startAgent } from "../../agent/main.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { openLog } from "../../runtime/log.ts";

const [kind, config = "", fatalStep, signal = "SIGKILL"] = process.argv.slice(2);
const log = openLog(String(kind), "info");

function onEvent({ step }: { step: string }): void {
  if (step === fatalStep) process.kill(process.pid, signal as NodeJS.Signals);
}

const start = kind === "agent" ? startAgent : startCoordinator;
const running = await start(JSON.parse(config), log, onEvent);
process.send?.({ address: running.address });
process.once("SIGTERM", () => {
  void running.close().then(() => process.exit());
});
process.once("disconnect", () => process.exit(1));
