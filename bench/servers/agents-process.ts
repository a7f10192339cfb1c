// A process with many agents in it, each put together as agent/main.ts does it: a small LSM directory of its own, the watch of its
// files, a log on stderr, a gRPC server of its own. The database of each is one in memory.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ServerCredentials } from "@grpc/grpc-js";
import { Agent } from "../../agent/agent.ts";
import { openDisk } from "../../agent/disk.ts";
import type { PieceMaker } from "../../agent/engines/engine.ts";
import { watchChanges } from "../../agent/files/change-watch.ts";
import type { FileLayout } from "../../agent/files/layout.ts";
import { listFiles } from "../../agent/files/listing.ts";
import { lsmLayout } from "../../agent/files/lsm.ts";
import { agentService } from "../../agent/service.ts";
import type { ServerAddress } from "../../coordinator/plan.ts";
import { openToAll } from "../../proto/access.ts";
import { Agent as AgentContract } from "../../proto/agent-contract.ts";
import { host } from "../../proto/host.ts";
import { errorsTo } from "../../proto/serve.ts";
import { version } from "../../proto/version.ts";
import { auditTo } from "../../runtime/audit.ts";
import { systemClock } from "../../runtime/clock.ts";
import { openLog } from "../../runtime/log.ts";
import { FakeEngine } from "../../test/support/fake-engine.ts";
import { writeFiles } from "../../test/support/file-tree.ts";
import { forever } from "../../test/support/test-agent.ts";

export interface HostedServer {
  id: string;
  /** "links": the agent links its files, as for any LSM. "none": its engine would make the piece, and has nothing to do. */
  cut: "links" | "none";
  /** How much longer its cut takes than it would. */
  slowByMs: number;
}

const [home = "", servers = "[]"] = process.argv.slice(2);
const log = openLog("agent", "info");
const tables = Object.fromEntries(Array.from({ length: 20 }, (_, number) => [`${number}.sst`, "table"]));
const files = { ...tables, "MANIFEST-21": "manifest", "22.log": "acknowledged", CURRENT: "MANIFEST-21\n", LOCK: "" };

class EngineWithoutFiles extends FakeEngine {
  readonly maker: PieceMaker = {
    prepare: async () => {},
    cut: async () => ({ complete: async () => {} }),
    unpack: async () => {},
  };
}

/** Where it listens. */
async function start({ id: serverId, cut, slowByMs }: HostedServer): Promise<ServerAddress> {
  const dataDir = join(home, serverId);
  await writeFiles(dataDir, files);
  const engine = cut === "links" ? new FakeEngine() : new EngineWithoutFiles();
  const agent = new Agent({
    ...{ serverId, version, dataDir, engine, layout: slowed(slowByMs, lsmLayout("rocksdb")) },
    ...{ disk: openDisk({ maxBytesPerSecond: 0 }), clock: systemClock, list: listFiles, watch: watchChanges },
    report: ({ step, ...details }) => log.info({ step, ...details }, step),
  });
  await agent.open(forever);
  const { address } = await host({
    ...{ listen: "127.0.0.1:0", name: "stillpoint.v1.Agent", definition: AgentContract.service },
    handlers: agentService(agent, { serverId, dataDir, engine: engine.kind, version }, errorsTo(log)),
    ...{ credentials: ServerCredentials.createInsecure(), access: openToAll, onRefused: auditTo(log) },
    ...{ check: async () => undefined, onHealth: () => {} },
  });
  return { id: serverId, agent: address };
}

/** A cut asks for the fingerprint twice. */
function slowed(ms: number, layout: FileLayout): FileLayout {
  if (ms === 0) return layout;
  const fingerprint: FileLayout["fingerprint"] = async (...asked) => {
    await pause(ms / 2);
    return await layout.fingerprint(...asked);
  };
  return { ...layout, fingerprint };
}

process.once("disconnect", () => process.exit());
process.send?.(await Promise.all((JSON.parse(servers) as HostedServer[]).map(start)));
