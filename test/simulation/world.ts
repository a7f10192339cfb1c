// One simulated world: a cluster with its machines, network, agency, coordinators and clients, all from one seed.
import { AgencyState } from "./agency.ts";
import { AgentHost } from "./agents.ts";
import { CoordinatorHost, root } from "./coordinators.ts";
import { Coverage } from "./coverage.ts";
import { Faults } from "./faults.ts";
import { Network } from "./network.ts";
import { Operations } from "./operations.ts";
import { Oracle } from "./oracle.ts";
import { type ClockFacts, Process } from "./process.ts";
import { Random } from "./random.ts";
import { Scheduler } from "./scheduler.ts";
import { rightWiring, type Wiring } from "./wiring.ts";
import { Writers } from "./writers.ts";

export interface WorldOptions {
  seed: number;
  wiring?: Wiring;
  /** Is given each line of what happens. */
  onTrace?: (line: string) => void;
}

/** Clocks run that much faster or slower than they should; a lease stands up to 10 % between two of them. */
const mostDrift = 0.03;

export class World {
  readonly scheduler = new Scheduler();
  readonly coverage = new Coverage();
  readonly chance: Random;
  readonly diskChance: Random;
  readonly networkChance: { chance: Random; coverage: Coverage };
  readonly wiring: Wiring;
  readonly claimTtlMs: number;
  /** Faults against which less is promised, and that have come true. */
  readonly declared = new Set<string>();
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly network: Network;
  readonly writers: Writers;
  readonly agency: AgencyState;
  readonly hosts: AgentHost[];
  readonly coordinators: CoordinatorHost[];
  readonly operations: Operations;
  readonly #onTrace: ((line: string) => void) | undefined;

  constructor({ seed, wiring = rightWiring, onTrace }: WorldOptions) {
    this.chance = new Random(seed);
    this.wiring = wiring;
    this.#onTrace = onTrace;
    this.diskChance = this.chance.split("disk");
    this.networkChance = { chance: this.chance.split("network"), coverage: this.coverage };
    this.oracle = new Oracle(this);
    this.network = new Network(this);
    this.faults = new Faults(this, this.chance.split("faults"));
    this.writers = new Writers(this, this.chance.split("writers"));
    const size = this.chance.split("size");
    this.claimTtlMs = size.pick([1500, 4000, 10_000]);
    this.agency = new AgencyState(this, new Process(this, "agency", "agency", this.clockOf("agency")));
    const serverIds = ["db1", "db2", "db3"].slice(0, size.whole(2, 3));
    const canClone = size.chance(0.3);
    this.hosts = serverIds.map((id) => new AgentHost(this, id, this.clockOf(id), canClone));
    const names = ["coordinator-1", "coordinator-2", "coordinator-3"].slice(0, size.pick([1, 1, 2, 2, 3]));
    this.coordinators = names.map((name) => new CoordinatorHost(this, name, this.clockOf(name)));
    this.operations = new Operations(this, this.chance.split("operations"));
  }

  get now(): number {
    return this.scheduler.now;
  }

  start(): void {
    const plan: [string, string][] = this.hosts.map(({ serverId, address }) => [
      `DBServers/${serverId}`,
      JSON.stringify({ agent: address }),
    ]);
    plan.push(["Collections/a", "{}"], ["Collections/b", "{}"]);
    const put = plan.map(([key, text]) => ({ key: `${root}/Plan/${key}`, value: Buffer.from(text) }));
    this.agency.transact({ guards: [], put, remove: [] }, undefined);
    for (const host of this.hosts) host.startDatabase();
    for (const host of this.hosts) host.startAgent();
    for (const coordinator of this.coordinators) coordinator.start();
    this.writers.start(3);
    this.faults.plan();
  }

  clockOf(name: string): ClockFacts {
    const chance = this.chance.split(`clock of ${name}`);
    return {
      rate: chance.between(1 - mostDrift, 1 + mostDrift),
      dateOffset: Math.round(chance.between(-60_000, 60_000)),
    };
  }

  /** The line is made only if somebody reads it. */
  trace(line: () => string): void {
    if (this.#onTrace === undefined) return;
    const text = line().replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, "…");
    this.#onTrace(`${this.now.toFixed(2).padStart(10)}  ${text}`);
  }
}
