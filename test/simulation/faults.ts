// What goes wrong in a run, and when: planned by the seed before it begins. Most faults wait for a step of the algorithm, and
// then strike soon after it: at the n-th gate that a process goes through, or after some milliseconds.
import type { RunEvent } from "../../coordinator/ports.ts";
import type { AgentHost } from "./agents.ts";
import { root } from "./coordinators.ts";
import { ignoredStop } from "./declared-faults.ts";
import type { GateFault, KillTime, Process } from "./process.ts";
import { Process as NewProcess } from "./process.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

type Step = RunEvent["step"];

/** Steps that a fault may wait for; those where most is at stake more often. */
const steps: readonly Step[] = [
  ...(["claimed", "plan-read", "inspected", "prepared", "round-started", "server-locked", "server-locked"] as const),
  ...([
    "locked",
    "locked",
    "snapshot",
    "released",
    "round-ended",
    "dump-stored",
    "sealing",
    "sealed",
    "sealed",
  ] as const),
  ...([
    "committed",
    "committed",
    "recorded",
    "staged",
    "flipped",
    "flipped",
    "plan-restored",
    "started",
    "started",
  ] as const),
  ...(["aborted", "undone", "server-busy", "window"] as const),
];

interface Fault {
  name: string;
  waitsFor: Step;
  /** How often the step must come before. */
  nth: number;
  strike: () => void;
}

interface Doom {
  gatesLeft: number;
  fault: GateFault;
  withPower: boolean;
}

const pass: GateFault = { kind: "pass", delayMs: 0 };

export class Faults {
  isActive = true;
  readonly #world: World;
  readonly #chance: Random;
  readonly #gateChance: Random;
  #waiting: Fault[] = [];
  readonly #doomed = new Map<Process, Doom>();
  readonly #slowShare: number;

  constructor(world: World, chance: Random) {
    this.#world = world;
    this.#chance = chance;
    this.#gateChance = chance.split("gates");
    this.#slowShare = chance.chance(0.3) ? 0.01 : 0.0005;
  }

  /** As many as the seed wants; none in a calm one. */
  plan(): void {
    const count = this.#chance.chance(0.12) ? 0 : this.#chance.whole(1, 5);
    this.#weather(count > 0);
    for (let number = 0; number < count; number++) {
      const [name, strike] = this.#anyFault();
      const waitsFor = this.#chance.pick(steps);
      this.#waiting.push({ name, waitsFor, nth: this.#chance.chance(0.7) ? 1 : this.#chance.whole(1, 4), strike });
    }
    for (let number = this.#chance.whole(0, 2); number > 0; number--) this.#planChange();
    if (this.#chance.chance(0.3)) this.#compactions();
  }

  /** Nothing goes wrong from now on, and what did is mended. */
  heal(): void {
    this.isActive = false;
    this.#waiting = [];
    this.#doomed.clear();
    const { network, hosts, coordinators, agency } = this.#world;
    network.heal();
    network.weather = { lostShare: 0, doubledShare: 0, slowShare: 0 };
    for (const host of hosts) {
      host.files.isFull = false;
      host.files.syncLies = false;
      host.process?.resume();
      host.database?.process.resume();
      if (host.database !== undefined) host.database.ignoresStop = false;
    }
    for (const { process } of coordinators) process?.resume();
    agency.process.resume();
    this.#world.trace(() => "all faults end");
  }

  atGate(process: Process, _point: string): GateFault {
    const doom = this.#doomed.get(process);
    if (doom !== undefined && doom.gatesLeft-- <= 0) {
      if (doom.fault.kind !== "kill") this.#doomed.delete(process);
      return doom.fault;
    }
    const roll = this.#gateChance.next();
    if (roll < this.#slowShare && this.isActive) {
      this.#world.coverage.hit(`${process.role}: slow step`);
      return { kind: "pass", delayMs: this.#gateChance.between(20, 1500) };
    }
    return roll > 0.85 ? { kind: "pass", delayMs: this.#gateChance.between(0.02, 1.5) } : pass;
  }

  onKilledAtGate(process: Process): void {
    const doom = this.#doomed.get(process);
    this.#doomed.delete(process);
    this.#world.coverage.hit(`${process.role}: killed at a gate`);
    const host = this.#world.hosts.find((each) => each.process === process);
    if (doom?.withPower && host !== undefined) host.cutPower();
    else process.kill();
  }

  onRunEvent({ step }: RunEvent): void {
    if (!this.isActive) return;
    for (const fault of [...this.#waiting]) {
      if (fault.waitsFor !== step || --fault.nth > 0) continue;
      this.#waiting = this.#waiting.filter((each) => each !== fault);
      this.#world.trace(() => `fault: ${fault.name}`);
      fault.strike();
    }
  }

  restartAfterMs(): number {
    return this.isActive ? this.#chance.between(20, 2500) : 20;
  }

  #anyFault(): [string, () => void] {
    const host = () => this.#chance.pick(this.#world.hosts);
    const lasts = () =>
      this.#chance.chance(0.6) ? this.#chance.between(20, 1500) : this.#chance.between(1500, 12_000);
    return this.#chance.pick<[string, () => void]>([
      ["a coordinator is killed", () => this.#doomCoordinator({ kind: "kill", when: this.#killTime() })],
      ["a coordinator is killed", () => this.#doomCoordinator({ kind: "kill", when: this.#killTime() })],
      ["an agent is killed", () => this.#doomAgent(host(), { kind: "kill", when: this.#killTime() }, false)],
      ["an agent is killed", () => this.#doomAgent(host(), { kind: "kill", when: this.#killTime() }, false)],
      ["a machine loses power", () => this.#doomAgent(host(), { kind: "kill", when: this.#killTime() }, true)],
      ["a machine loses power later", () => this.#later(() => host().cutPower())],
      ["a database server is killed", () => this.#later(() => this.#killDatabase(host()))],
      ["a database server is paused", () => this.#later(() => this.#pause(host().database?.process, lasts()))],
      ["a coordinator is paused", () => this.#later(() => this.#pause(this.#anyCoordinator(), lasts()))],
      ["an agent is paused", () => this.#later(() => this.#pause(host().process, lasts()))],
      ["the agency is killed", () => this.#later(() => this.#killAgency())],
      ["the agency is paused", () => this.#later(() => this.#pause(this.#world.agency.process, lasts()))],
      ["a partition", () => this.#later(() => this.#partition(lasts()))],
      ["a partition", () => this.#later(() => this.#partition(lasts()))],
      ["a disk is full", () => this.#later(() => this.#fill(host(), lasts()))],
      ["a disk lies about fsync", () => this.#lie(host())],
      ["a writer ignores the stop", () => this.#ignore(host())],
    ]);
  }

  #weather(mayStorm: boolean): void {
    const often = (share: number) => (mayStorm && this.#chance.chance(0.35) ? this.#chance.between(0, share) : 0);
    this.#world.network.weather = { lostShare: often(0.06), doubledShare: often(0.15), slowShare: often(0.2) };
  }

  #killTime(): KillTime {
    return this.#chance.pick(["before", "half-way", "after"]);
  }

  /** Soon: most that matters happens within few gates. */
  #gates(): number {
    return this.#chance.chance(0.6) ? this.#chance.whole(0, 8) : this.#chance.whole(0, 80);
  }

  #doomCoordinator(fault: GateFault): void {
    const process = this.#anyCoordinator();
    if (process !== undefined) this.#doomed.set(process, { gatesLeft: this.#gates(), fault, withPower: false });
  }

  #doomAgent({ process }: AgentHost, fault: GateFault, withPower: boolean): void {
    if (process !== undefined) this.#doomed.set(process, { gatesLeft: this.#gates(), fault, withPower });
  }

  /** One that is busy, if there is one. */
  #anyCoordinator(): Process | undefined {
    const busy = this.#world.coordinators.filter(({ isBusy }) => isBusy);
    return this.#chance.pick(busy.length > 0 ? busy : this.#world.coordinators).process;
  }

  #later(strike: () => void): void {
    const ms = this.#chance.chance(0.5) ? this.#chance.between(0, 10) : this.#chance.between(0, 600);
    this.#world.scheduler.after(ms, undefined, () => {
      if (this.isActive) strike();
    });
  }

  #pause(process: Process | undefined, ms: number): void {
    if (process?.state !== "running") return;
    this.#hit(`${process.role}: paused`, process.name);
    process.pause();
    this.#world.scheduler.after(ms, undefined, () => process.resume());
  }

  #killDatabase({ database, serverId }: AgentHost): void {
    if (!database?.isOpen) return;
    this.#hit("server: killed", serverId);
    database.process.kill();
  }

  #killAgency(): void {
    const { agency, scheduler } = this.#world;
    if (!agency.process.isAlive) return;
    this.#hit("agency: killed", "");
    agency.process.kill();
    scheduler.after(this.restartAfterMs(), undefined, () => {
      agency.restart(new NewProcess(this.#world, "agency", "agency", this.#world.clockOf("agency")));
    });
  }

  #partition(ms: number): void {
    const { network, coordinators, hosts, scheduler } = this.#world;
    const one = this.#chance.pick(coordinators).name;
    const other = this.#chance.pick([...hosts.map(({ name }) => name), "agency"]);
    const way = this.#chance.whole(1, 3);
    this.#hit(way === 3 ? "network: partition both ways" : "network: partition one way", `${one} and ${other}`);
    if (way !== 1) network.cut(one, other);
    if (way !== 2) network.cut(other, one);
    scheduler.after(ms, undefined, () => network.heal());
  }

  #fill({ files, serverId }: AgentHost, ms: number): void {
    this.#hit("disk: full", serverId);
    files.isFull = true;
    this.#world.scheduler.after(ms, undefined, () => {
      files.isFull = false;
    });
  }

  #lie({ files, serverId }: AgentHost): void {
    this.#hit("disk: fsync lies", serverId);
    files.syncLies = true;
  }

  #ignore({ database, serverId }: AgentHost): void {
    if (database === undefined) return;
    this.#hit("server: a writer ignores the stop", serverId);
    this.#world.declared.add(ignoredStop);
    database.ignoresStop = true;
  }

  /** The cluster changes its own Plan, whatever the agency is busy with. */
  #planChange(): void {
    const change = () => {
      const key = `${root}/Plan/Collections/${this.#chance.pick(["a", "b", "c", "d"])}`;
      const isGone = this.#chance.chance(0.2);
      const put = isGone ? [] : [{ key, value: Buffer.from(`{"revision":${this.#world.agency.revision}}`) }];
      if (!this.#world.agency.process.isAlive || (isGone && !this.#world.agency.entries.has(key))) return;
      this.#hit("cluster: Plan changed", key);
      this.#world.agency.transact({ guards: [], put, remove: isGone ? [key] : [] }, undefined);
    };
    const waitsFor = this.#chance.pick(steps);
    this.#waiting.push({ name: "the Plan changes", waitsFor, nth: 1, strike: () => this.#later(change) });
  }

  #compactions(): void {
    this.#world.scheduler.afterPlain(this.#chance.between(1, 40), undefined, () => {
      this.#world.agency.compactions++;
      if (this.isActive) this.#compactions();
    });
  }

  #hit(what: string, details: string): void {
    this.#world.coverage.hit(what);
    this.#world.trace(() => `fault: ${what} ${details}`);
  }
}
