// A backup of one server over the port to its agent, as a coordinator takes it.
import type { AgentPort, Run } from "../../coordinator/ports.ts";
import { dump, forever, sealFacts } from "./test-agent.ts";

export async function takeBackup(port: AgentPort, run: Run): Promise<void> {
  const round = 1;
  const holdMs = 60_000;
  await port.prepare(run, forever);
  await port.lock(run, { round, waitMs: 5_000, holdMs, abortBlockers: false }, forever);
  await port.snapshot(run, { round, withoutHold: false, withinMs: holdMs }, forever);
  await port.storeDump(run, round, dump, forever);
  await port.seal(run, { ...sealFacts, round }, () => {}, forever);
  await port.commit(run, forever);
}
