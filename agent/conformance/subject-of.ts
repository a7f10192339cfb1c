// The engine and the server that a configuration names, as the kit needs them.
import { version } from "../../proto/version.ts";
import { systemClock } from "../../runtime/clock.ts";
import { Agent } from "../agent.ts";
import type { AgentConfig } from "../config.ts";
import { openDisk } from "../disk.ts";
import { engineOf } from "../engine-of.ts";
import { watchChanges } from "../files/change-watch.ts";
import { listFiles } from "../files/listing.ts";
import type { Cuttable, Subject } from "./case.ts";
import { probeOf } from "./probe-of.ts";
import { startProxy } from "./proxy.ts";
import { startVictim } from "./victim.ts";
import type { Order } from "./victim-process.ts";

/** @throws StillpointError invalid, if nobody says how to write to this server */
export function subjectOf(config: AgentConfig, source: Omit<Order, "request">): Subject {
  const { server: serverId, dataDir } = config;
  const target = addressOf(config);
  return {
    serverId,
    probe: probeOf(config),
    newEngine: () => engineOf(config).engine,
    startVictim: (request) => startVictim({ ...source, request }),
    newCuttable: target === undefined ? undefined : () => cuttable(config, target),
    newAgent: () => {
      const { engine, layout } = engineOf(config);
      const ports = {
        disk: openDisk(config.seal),
        clock: systemClock,
        list: (directory: string) => listFiles(directory),
        watch: watchChanges,
      };
      return { engine, agent: new Agent({ serverId, dataDir, version, engine, layout, ...ports, report: () => {} }) };
    },
  };
}

/** Where the engine finds its server; undefined for one that commands stop. */
function addressOf({ engine }: AgentConfig): string | undefined {
  if (engine.kind === "lsm") return "address" in engine.server ? engine.server.address : undefined;
  return "address" in engine ? engine.address : undefined;
}

async function cuttable(config: AgentConfig, target: string): Promise<Cuttable> {
  const proxy = await startProxy(target);
  const { engine } = engineOf(withAddress(config, proxy.address));
  const close = async () => {
    await engine.close();
    await proxy.cut();
  };
  return { engine, cut: proxy.cut, close };
}

function withAddress(config: AgentConfig, address: string): AgentConfig {
  const { engine } = config;
  if (engine.kind === "lsm") return { ...config, engine: { ...engine, server: { ...engine.server, address } } };
  return { ...config, engine: { ...engine, address } as AgentConfig["engine"] };
}
