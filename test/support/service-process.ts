// An agent or a coordinator as a process of its own, exactly as the command starts it, but that it tells its parent each
// event, and that a fault can meet it at a step, at that very point of the algorithm, before anything else happens:
// it is hit by a signal there, or it stops there (SIGSTOP) until its parent lets it go on.
// Arguments: "agent" or "coordinator", the configuration as JSON, and optionally the step and the signal (SIGKILL).
import { startAgent } from "../../agent/main.ts";
import { startCoordinator } from "../../coordinator/main.ts";
import { openLog } from "../../runtime/log.ts";

/** What the parent says. */
export type Order = { stopAt: string } | { ask: "resources" };

/** What the parent is told; the first message is that it listens. */
export type Report = { address: string } | { event: Event } | { stoppedAt: string } | Resources;

/** What a test looks at of it. */
export interface Event {
  step: string;
  /** Of an agent's lock. */
  ref?: { backupId: string };
}

export interface Resources {
  /** After a garbage collection, if Node was started with --expose-gc. */
  heapBytes: number;
  residentBytes: number;
  /** Timers, sockets and the like that keep the process alive, by kind. */
  handles: Record<string, number>;
}

const [kind, config = "", fatalStep, signal = "SIGKILL"] = process.argv.slice(2);
const log = openLog(String(kind), "info");
let stopAt: string | undefined;
let listens = false;

function tell(report: Report): void {
  if (process.connected) process.send?.(report);
}

function onEvent(event: Event): void {
  if (listens) tell({ event });
  if (event.step === fatalStep) process.kill(process.pid, signal as NodeJS.Signals);
  if (event.step !== stopAt) return;
  stopAt = undefined;
  tell({ stoppedAt: event.step });
  process.kill(process.pid, "SIGSTOP");
}

function resources(): Resources {
  globalThis.gc?.();
  const { heapUsed: heapBytes, rss: residentBytes } = process.memoryUsage();
  const kinds = Object.entries(Object.groupBy(process.getActiveResourcesInfo(), (each) => each));
  return {
    heapBytes,
    residentBytes,
    handles: Object.fromEntries(kinds.map(([name, all]) => [name, all?.length ?? 0])),
  };
}

const start = kind === "agent" ? startAgent : startCoordinator;
const running = await start(JSON.parse(config), log, onEvent);
process.on("message", (order: Order) => {
  if ("stopAt" in order) stopAt = order.stopAt;
  else tell(resources());
});
listens = true;
tell({ address: running.address });
process.once("SIGTERM", () => {
  void running.close().then(() => process.exit());
});
process.once("disconnect", () => process.exit(1));
