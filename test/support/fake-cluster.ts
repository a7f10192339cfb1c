// A cluster in memory: an agency, servers with their agents, one virtual clock; all that is called and told, in order.
import { type BackupRequest, createBackup } from "../../coordinator/create-backup.ts";
import type { Ports, RunEvent } from "../../coordinator/ports.ts";
import type { BackupRecord } from "../../coordinator/record.ts";
import { FakeAgency } from "./fake-agency.ts";
import { FakeAgent } from "./fake-agent.ts";
import type { Call } from "./fake-wire.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The data that each running server works on, by server id. */
export type RunningData = Record<string, string>;

export class FakeCluster {
  readonly clock = new VirtualClock();
  readonly calls: Call[] = [];
  readonly events: (RunEvent & { at: number })[] = [];
  /** What ran on what, after each change. */
  readonly history: RunningData[] = [];
  readonly agency = new FakeAgency(this.clock, this.calls);
  readonly agents: FakeAgent[];
  readonly ports: Ports;
  /** What the jitter is made of: 0 is none. */
  chance = () => 0;

  constructor(serverIds: string[] = ["db1", "db2", "db3"]) {
    this.agents = serverIds.map((id) => this.newAgent(id));
    for (const id of serverIds) this.join(id);
    this.agency.writePlan("Collections/users", '{"shards":["db1","db2"]}');
    this.ports = {
      holder: "coordinator-a",
      agency: this.agency,
      connect: (servers) => servers.map(({ id }) => this.agent(id)),
      clock: this.clock,
      random: () => this.chance(),
      report: (event) => this.events.push({ at: this.clock.now(), ...event }),
    };
  }

  agent(serverId: string): FakeAgent {
    const agent = this.agents.find((each) => each.serverId === serverId);
    if (agent === undefined) throw new Error(`there is no agent of ${serverId}`);
    return agent;
  }

  newAgent(serverId: string): FakeAgent {
    const onServerChange = () => this.history.push(this.running);
    return new FakeAgent({ serverId, clock: this.clock, calls: this.calls, onServerChange });
  }

  /** Writes the server into the Plan. */
  join(serverId: string): void {
    this.agency.writePlan(`DBServers/${serverId}`, `{"agent":"${serverId}.example:7421"}`);
  }

  /** Takes a backup, in as much time as it needs, and gives its record. */
  backUp(request: Partial<BackupRequest> = {}, stop = forever): Promise<BackupRecord> {
    return this.clock.run(createBackup({ ...backupRequest, ...request }, this.ports, stop));
  }

  /** The servers whose writes are stopped now, or are being stopped. */
  get stopped(): string[] {
    return this.agents.filter((agent) => agent.writesAreStopped).map(({ serverId }) => serverId);
  }

  get running(): RunningData {
    return Object.fromEntries(
      this.agents.filter(({ server }) => server.runs).map((each) => [each.serverId, each.server.data]),
    );
  }

  /** The calls of these methods, in order. */
  callsOf(...methods: string[]): Call[] {
    return this.calls.filter(({ method }) => methods.includes(method));
  }

  eventsOf<Step extends RunEvent["step"]>(...steps: Step[]): (Extract<RunEvent, { step: Step }> & { at: number })[] {
    return this.events.filter((event): event is Extract<RunEvent, { step: Step }> & { at: number } =>
      (steps as string[]).includes(event.step),
    );
  }
}

export const backupRequest: BackupRequest = {
  label: "nightly",
  timeoutMs: 120_000,
  firstWaitMs: 250,
  maxWaitMs: 15_000,
  holdMs: 5_000,
  maxStallMs: 0,
  patience: 0.5,
  force: false,
  allowInconsistent: false,
};

/** A signal that never aborts. */
export const forever = new AbortController().signal;
