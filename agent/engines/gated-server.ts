// Stops and starts a server that a supervisor (a container's restart policy, systemd) starts again whenever it ends. Before
// it is told to end, a gate is shut: a file that the supervisor's command waits for to be gone, as in
//
//   sh -c 'while [ -e /data/backups/.gate ]; do sleep 0.1; done; exec the-server'
//
// The gate lies in `backups/`, which a restore does not move. Both steps are repeatable.
import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cancelledBy } from "../../proto/call.ts";
import { hasReason, StillpointError } from "../../proto/errors.ts";
import { backupsDirectory } from "../piece-store.ts";
import type { EngineState } from "./engine.ts";
import type { ServerLimits } from "./server-commands.ts";

export interface GatedServer {
  /** Full path of the data directory. */
  dataDir: string;
  /** Tells the server to end, if it runs. */
  shutDown(signal: AbortSignal): Promise<void>;
  /** Whether it still answers, or has its files open. */
  isUp(signal: AbortSignal): Promise<boolean>;
  inspect(signal: AbortSignal): Promise<EngineState>;
}

const askEveryMs = 100;

/** @throws StillpointError unreachable, if it is still up when the time is over */
export async function stopGated(server: GatedServer, limits: ServerLimits): Promise<void> {
  const wasShut = existsSync(gateOf(server));
  await writeFile(gateOf(server), "");
  try {
    await server.shutDown(limits.signal);
  } catch (error) {
    if (hasReason(error, "invalid") && !wasShut) await rm(gateOf(server), { force: true }); // nothing would open it
    throw error;
  }
  const isDown = await becomes(async () => !(await server.isUp(limits.signal)), limits);
  if (!isDown)
    throw new StillpointError("unreachable", `the server still runs ${limits.timeoutMs} ms after its shutdown`);
}

/** @throws StillpointError corrupt, if it is not healthy when the time is over */
export async function startGated(server: GatedServer, limits: ServerLimits): Promise<void> {
  await rm(gateOf(server), { force: true });
  let problem = "";
  const isHealthy = await becomes(async () => {
    const state = await server.inspect(limits.signal);
    problem = state.problem;
    return state.healthy;
  }, limits);
  if (isHealthy) return;
  throw new StillpointError("corrupt", `the server is not healthy after ${limits.timeoutMs} ms: ${problem}`, {
    hint: "without stopServer and startServer, whatever supervises the server must start it again: see docs/ENGINES.md",
  });
}

function gateOf({ dataDir }: GatedServer): string {
  return join(dataDir, backupsDirectory, ".gate");
}

/** Asks until the answer is yes; false when the time is over. @throws the signal's reason */
async function becomes(isSo: () => Promise<boolean>, { timeoutMs, signal }: ServerLimits): Promise<boolean> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!signal.aborted) {
    if (await isSo()) return true;
    if (performance.now() > giveUpAt) return false;
    await pause(askEveryMs, undefined, { signal }).catch(() => {}); // the loop looks at the signal
  }
  throw cancelledBy(signal);
}
