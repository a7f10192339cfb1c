// An agent in this process whose server is three files and the program true: for tests of who gets in. Ends with the test.
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { agentConfig } from "../../agent/config.ts";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import type { Log } from "../../runtime/log.ts";
import { writeFiles } from "./file-tree.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export interface SecuredAgent extends RunningAgent {
  /** There while writes are stopped. */
  stopped: string;
}

export async function startSecuredAgent(security: object, log: Log): Promise<SecuredAgent> {
  const directory = await temporaryDirectory();
  const stopped = join(directory, "stopped");
  const dataDir = join(directory, "data");
  await writeFiles(dataDir, { CURRENT: "1" });
  const engine = { kind: "exec", stop: ["touch", stopped], resume: ["rm", stopped] };
  const settings = { server: "db1", listen: "127.0.0.1:0", dataDir, engine, files: "leveldb", ...security };
  const running = await startAgent(agentConfig.parse(settings), log, () => {});
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await running.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { address: running.address, stopped, close };
}
