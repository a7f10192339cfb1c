// Coordinators: the real runs over the simulated agency and network. A coordinator that dies forgets everything, and is
// started again after a while.

import { agencyKeys } from "../../coordinator/agency/keys.ts";
import { StoreAgency } from "../../coordinator/agency/store-agency.ts";
import { AgentClient } from "../../coordinator/agent-client.ts";
import type { ServerAddress } from "../../coordinator/plan.ts";
import type { Ports, RunEvent } from "../../coordinator/ports.ts";
import { Runs } from "../../coordinator/runs.ts";
import { StandBy } from "../../coordinator/stand-by.ts";
import { AgencyClient } from "./agency.ts";
import { type ClockFacts, Process } from "./process.ts";
import { simulatedTransport } from "./transport.ts";
import type { World } from "./world.ts";

export const root = "/stillpoint";

/** How a piece of work on a coordinator ended: its promise settled, or the coordinator died. */
export type Ending<Value> = { value: Value } | { error: unknown } | "died";

export class CoordinatorHost {
  readonly name: string;
  process: Process | undefined;
  #busy = 0;
  readonly #world: World;
  readonly #clock: ClockFacts;
  #ports: Omit<Ports, "report"> | undefined;
  #runs = new Runs();

  constructor(world: World, name: string, clock: ClockFacts) {
    this.#world = world;
    this.name = name;
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  start(): void {
    if (this.process !== undefined) return;
    const world = this.#world;
    const process = new Process(world, this.name, "coordinator", this.#clock);
    this.process = process;
    const { claimTtlMs, wiring } = world;
    const store = wiring.store(new AgencyClient(world, process), process);
    const agency = new StoreAgency(store, { keys: agencyKeys(root), claimTtlMs, clock: process.clock });
    const ports: Omit<Ports, "report"> = {
      holder: this.name,
      agency: wiring.agency(agency),
      connect: (servers) =>
        wiring.agents(
          servers.map((server) => this.#connect(process, server)),
          process,
        ),
      clock: process.clock,
      random: world.chance.split(`jitter of ${this.name}`).next,
    };
    this.#ports = ports;
    this.#runs = new Runs();
    const report = world.operations.reportOf(
      { number: 0, kind: "settle", backupId: undefined, policy: undefined },
      this,
    );
    new StandBy({ ...ports, report }, claimTtlMs);
    process.onDeath(() => {
      this.process = undefined;
      world.scheduler.after(world.faults.restartAfterMs(), undefined, () => this.start());
    });
  }

  /** Work of a person on this coordinator, who hears how it ended. */
  async run<Value>(
    stop: AbortSignal,
    onEvent: (event: RunEvent) => void,
    work: (ports: Ports, stop: AbortSignal) => Promise<Value>,
  ): Promise<Ending<Value>> {
    const { process } = this;
    const ports = this.#ports;
    if (process === undefined || ports === undefined) return "died";
    const { promise: died, resolve } = Promise.withResolvers<"died">();
    const untold = process.onDeath(() => resolve("died"));
    const { result } = this.#runs.begin(stop, (noted, signal) => {
      const report = (event: RunEvent) => {
        if (process.isAlive) noted(event);
        onEvent(event);
      };
      return work({ ...ports, report }, signal);
    });
    const ended = result.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    this.#busy++;
    return await Promise.race([ended, died]).finally(() => {
      untold();
      this.#busy--;
    });
  }

  #connect(process: Process, { id, agent: address }: ServerAddress): AgentClient {
    const host = this.#world.hosts.find((each) => each.serverId === id);
    if (host === undefined) throw new RangeError(`the Plan names "${id}", which is no server of this world`);
    return new AgentClient(id, address, simulatedTransport(this.#world, process, host), process.clock);
  }
}
