// The simulated network between processes: messages are delayed, and so reordered; lost, doubled, held back by a partition
// (of one way or of both) until it heals, or gone with it.
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export interface Weather {
  lostShare: number;
  doubledShare: number;
  slowShare: number;
}

export const calm: Weather = { lostShare: 0, doubledShare: 0, slowShare: 0 };

const healCheckMs = 40;
/** How much later the second of a doubled message may come: mostly shortly after the first, sometimes when all is over. */
const shortEchoMs = 1500;
const longestEchoMs = 12_000;

export class Network {
  weather: Weather = calm;
  /** "from>to" */
  readonly #cut = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  isCut(from: string, to: string): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** Whether both ways work now, and the process at the other end does. */
  isLive(from: string, to: string, process: Process): boolean {
    return !this.isCut(from, to) && !this.isCut(to, from) && process.state === "running";
  }

  /** Delivers to whoever owns the event then; or loses the message on its way: false. */
  send(from: string, to: string, owner: Process, deliver: () => void): boolean {
    const { chance, coverage } = this.#world.networkChance;
    const { lostShare, slowShare } = this.weather;
    if (chance.chance(lostShare)) {
      coverage.hit("network: message lost");
      return false;
    }
    let delayMs = chance.between(0.05, 2);
    if (chance.chance(slowShare)) {
      delayMs = chance.chance(0.2) ? chance.between(500, 4000) : chance.between(5, 300);
      coverage.hit("network: message slow");
    }
    if (this.isCut(from, to)) {
      coverage.hit("network: partition met");
      if (chance.chance(0.5)) return false;
      this.#whenHealed(from, to, owner, deliver);
    } else this.#world.scheduler.after(delayMs, owner, deliver);
    return true;
  }

  /** How much later a message comes a second time; undefined if it does not. */
  echoMs(): number | undefined {
    const { chance, coverage } = this.#world.networkChance;
    if (!chance.chance(this.weather.doubledShare)) return undefined;
    coverage.hit("network: message doubled");
    return chance.between(0, chance.chance(0.7) ? shortEchoMs : longestEchoMs);
  }

  /** TCP sends again what was not acknowledged. */
  #whenHealed(from: string, to: string, owner: Process, deliver: () => void): void {
    this.#world.scheduler.after(healCheckMs, owner, () => {
      if (this.isCut(from, to)) this.#whenHealed(from, to, owner, deliver);
      else deliver();
    });
  }
}
