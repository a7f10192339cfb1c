// Where a known mistake can be put into the real code: at each of its ports, by a wrapper. Without a mistake they are as they
// are.
import type { Agent } from "../../agent/agent.ts";
import type { Disk } from "../../agent/disk.ts";
import type { Engine } from "../../agent/engines/engine.ts";
import type { Agency } from "../../coordinator/agency/agency.ts";
import type { Store } from "../../coordinator/agency/store.ts";
import type { AgentPort } from "../../coordinator/ports.ts";
import type { AgentHandlers } from "../../proto/gen/stillpoint/v1/Agent.ts";
import type { AgentHost } from "./agents.ts";
import type { Process } from "./process.ts";

export interface Wiring {
  disk(disk: Disk, process: Process): Disk;
  engine(engine: Engine, host: AgentHost): Engine;
  handlers(handlers: AgentHandlers, agent: Agent, host: AgentHost): AgentHandlers;
  agents(agents: AgentPort[], process: Process): AgentPort[];
  agency(agency: Agency): Agency;
  store(store: Store, process: Process): Store;
}

export const rightWiring: Wiring = {
  disk: (disk) => disk,
  engine: (engine) => engine,
  handlers: (handlers) => handlers,
  agents: (agents) => agents,
  agency: (agency) => agency,
  store: (store) => store,
};
