// The agent as a process: puts the parts together, keeps health true, and on the way out frees writes first.

import { Agent as AgentContract } from "../proto/agent-contract.ts";
import { host } from "../proto/host.ts";
import { errorsTo } from "../proto/serve.ts";
import { version } from "../proto/version.ts";
import { auditTo } from "../runtime/audit.ts";
import { aborted, systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { openSecurity, type Security } from "../runtime/security.ts";
import { Agent, type AgentEvent } from "./agent.ts";
import type { AgentConfig } from "./config.ts";
import { lockDirectory } from "./directory-lock.ts";
import { openDisk } from "./disk.ts";
import { engineOf } from "./engine-of.ts";
import type { Engine } from "./engines/engine.ts";
import { watchChanges } from "./files/change-watch.ts";
import type { FileLayout } from "./files/layout.ts";
import { listFiles } from "./files/listing.ts";
import { mustBeDataDirectory } from "./rights.ts";
import { agentService } from "./service.ts";

const graceMs = 5000;
/** For a restore that was interrupted: the database server is stopped, gets its old data back, and is started. */
const openWithinMs = 300_000;

export interface RunningAgent {
  /** host:port that it listens on. */
  address: string;
  /** Frees writes, then ends what is running. */
  close(): Promise<void>;
}

/** Serves until `stop` aborts. */
export async function runAgent(config: AgentConfig, log: Log, stop: AbortSignal): Promise<void> {
  const running = await startAgent(config, log, () => {});
  await aborted(stop);
  await running.close();
}

/** @throws StillpointError invalid, if the data directory or the address cannot be used; held-by-another, if another agent uses it */
export async function startAgent(
  config: AgentConfig,
  log: Log,
  onEvent: (event: AgentEvent) => void,
): Promise<RunningAgent> {
  await mustBeDataDirectory(config.dataDir);
  await using opened = new AsyncDisposableStack();
  opened.use(await lockDirectory(config.dataDir)); // before anything there is swept, and until all has ended
  const security = opened.adopt(await openSecurity(config, log), (each) => each.close());
  const { engine, layout } = engineOf(config);
  opened.adopt(engine, (each) => each.close());
  const serving = await serve(config, { engine, layout }, security, log, onEvent);
  const kept = opened.move();
  return {
    address: serving.address,
    close: async () => {
      await serving.close();
      await kept.disposeAsync();
      log.info("agent stopped");
    },
  };
}

async function serve(
  config: AgentConfig,
  { engine, layout }: { engine: Engine; layout: FileLayout },
  { credentials, access }: Security,
  log: Log,
  onEvent: (event: AgentEvent) => void,
): Promise<RunningAgent> {
  const { server: serverId, dataDir } = config;
  const agent = new Agent({
    serverId,
    version,
    dataDir,
    engine,
    layout,
    disk: openDisk(config.seal),
    clock: systemClock,
    list: listFiles,
    watch: watchChanges,
    report: (event) => {
      logEvent(log, event);
      onEvent(event);
    },
  });
  await agent.open(AbortSignal.timeout(openWithinMs));
  const hosted = await host({
    listen: config.listen,
    healthListen: config.healthListen,
    name: "stillpoint.v1.Agent",
    definition: AgentContract.service,
    handlers: agentService(agent, { serverId, dataDir, engine: engine.kind, version }, errorsTo(log)),
    credentials,
    access,
    onRefused: auditTo(log),
    check: async (signal) => {
      const { healthy, problem } = await engine.inspect(signal);
      return healthy ? undefined : problem;
    },
    onHealth: (problem) => log.info({ problem }, problem === undefined ? "engine is healthy" : "engine is not healthy"),
  });
  log.info({ address: hosted.address, server: serverId, engine: engine.kind }, "agent listens");
  return {
    address: hosted.address,
    close: async () => {
      await agent.close(); // first of all, writes go on
      await hosted.close(graceMs);
    },
  };
}

function logEvent(log: Log, { step, ...details }: AgentEvent): void {
  log.info({ step, ...details }, step);
}
