// The coordinator as a process: puts the parts together, keeps health true, and on the way out ends its runs first.

import { Coordinator as CoordinatorContract } from "../proto/coordinator-contract.ts";
import { host } from "../proto/host.ts";
import { errorsTo } from "../proto/serve.ts";
import { version } from "../proto/version.ts";
import { auditTo } from "../runtime/audit.ts";
import { aborted, systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { CoordinatorConfig } from "./config.ts";
import { openConnections } from "./connections.ts";
import { eventText } from "./event-text.ts";
import type { Ports, RunEvent } from "./ports.ts";
import { Runs } from "./runs.ts";
import { coordinatorService } from "./service.ts";
import { StandBy } from "./stand-by.ts";

const graceMs = 5000;

export interface RunningCoordinator {
  /** host:port that it listens on. */
  address: string;
  /** Cancels its runs, waits for them, then stops. */
  close(): Promise<void>;
}

/** Serves until `stop` aborts. */
export async function runCoordinator(config: CoordinatorConfig, log: Log, stop: AbortSignal): Promise<void> {
  const running = await startCoordinator(config, log, () => {});
  await aborted(stop);
  await running.close();
}

/** @throws StillpointError invalid, if the address or the agency's file cannot be used */
export async function startCoordinator(
  config: CoordinatorConfig,
  log: Log,
  onEvent: (event: RunEvent) => void,
): Promise<RunningCoordinator> {
  await using opened = new AsyncDisposableStack();
  const { security, agency, clients } = opened.use(await openConnections(config, log));
  const audit = auditTo(log);
  const runs = new Runs();
  const ports: Ports = {
    holder: config.name,
    agency,
    connect: clients.connect,
    clock: systemClock,
    random: Math.random,
    report: (event) => {
      logEvent(log, event);
      onEvent(event);
    },
  };
  const hosted = await host({
    listen: config.listen,
    healthListen: config.healthListen,
    name: "stillpoint.v1.Coordinator",
    definition: CoordinatorContract.service,
    handlers: coordinatorService(ports, runs, { version, defaults: config.backup, audit }, errorsTo(log)),
    credentials: security.credentials,
    access: security.access,
    onRefused: audit,
    check: (signal) => agency.currentClaim(signal).then(() => undefined),
    onHealth: (problem) => log.info({ problem }, `the agency ${problem === undefined ? "answers" : "does not answer"}`),
  });
  const standBy = new StandBy(ports, config.agency.claimTtlMs);
  const kept = opened.move();
  log.info({ address: hosted.address, name: config.name, agency: config.agency.kind }, "coordinator listens");
  return {
    address: hosted.address,
    close: async () => {
      await Promise.all([runs.close(), standBy.close()]); // first of all, writes go on
      await hosted.close(graceMs);
      await kept.disposeAsync();
      log.info("coordinator stopped");
    },
  };
}

/** Progress of slow work goes to whoever asked for it, not to the log. */
function logEvent(log: Log, event: RunEvent): void {
  const level = event.step === "sealing" || event.step === "checking" ? "debug" : "info";
  log[level](event, eventText(event));
}
