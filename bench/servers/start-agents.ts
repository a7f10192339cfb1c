// The processes that the agents live in: a few, so that they are not more than the machine has room for.
import { fork } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerAddress } from "../../coordinator/plan.ts";
import { end, nextMessage } from "../child.ts";
import type { HostedServer } from "./agents-process.ts";

const mostProcesses = 4;
const program = new URL("agents-process.ts", import.meta.url);

/** They end with `opened`. Their data and logs are in `home`. */
export async function startAgents(
  servers: readonly HostedServer[],
  home: string,
  opened: AsyncDisposableStack,
): Promise<ServerAddress[]> {
  const processes = Math.min(mostProcesses, servers.length);
  const started = Array.from({ length: processes }, async (_, number) => {
    const own = servers.filter((_, index) => index % processes === number);
    const logFile = join(home, `agents-${number}.log`);
    const log = openSync(logFile, "a");
    const child = fork(program, [home, JSON.stringify(own)], { stdio: ["ignore", "inherit", log, "ipc"] });
    opened.defer(() => end(child));
    return await nextMessage<ServerAddress[]>(child, () => readFileSync(logFile, "utf8"));
  });
  return (await Promise.all(started)).flat();
}
