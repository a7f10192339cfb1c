// What is seen of the cluster's open write transactions, look by look: the one source for when to lock, and whom first.
//
// A transaction is long once it has been open for a quarter of what a first round would wait. A server is busy while it has
// one, restless if it has had one after the other in most looks: to wait for such a server's idle moment is in vain.
import { mustAll } from "./fan-out.ts";
import { type Blocker, type LockingAgent, withServer } from "./ports.ts";

/** All servers at one moment. */
export interface Look {
  /** Write transactions that are long, oldest first. */
  long: Blocker[];
  /** Those that are half as old already, or older: most short ones end before. */
  lasting: Blocker[];
}

/** All looks so far, in sum. */
export interface Seen {
  servers: number;
  /** Servers that were busy in any look. */
  everBusy: ReadonlySet<string>;
  restless: ReadonlySet<string>;
}

const longShare = 1 / 4;
const lastingShare = 1 / 8;
/** The share of looks in which a restless server is busy, at least. */
const mostLooks = 0.75;
/** So many transactions after each other are no chance. */
const seriesOf = 3;

export class OpenWrites {
  readonly #agents: readonly LockingAgent[];
  readonly #firstWaitMs: number;
  #looks = 0;
  /** Of each server that was busy: in how many looks, and which transactions were the oldest in them. */
  readonly #busy = new Map<string, { looks: number; ids: Set<string> }>();

  constructor(agents: readonly LockingAgent[], firstWaitMs: number) {
    this.#agents = agents;
    this.#firstWaitMs = firstWaitMs;
  }

  get seen(): Seen {
    const restless = [...this.#busy].filter(
      ([, { looks, ids }]) => ids.size >= seriesOf && looks > mostLooks * this.#looks,
    );
    return {
      servers: this.#agents.length,
      everBusy: new Set(this.#busy.keys()),
      restless: new Set(restless.map(([serverId]) => serverId)),
    };
  }

  async look(signal: AbortSignal): Promise<Look> {
    const described = await mustAll(this.#agents, (agent) => agent.describe(false, signal));
    const open = described
      .flatMap(({ agent, value }) => withServer(agent.serverId, value.openWrites))
      .sort((left, right) => right.ageMs - left.ageMs);
    const openFor = (share: number) => open.filter(({ ageMs }) => ageMs >= share * this.#firstWaitMs);
    const long = openFor(longShare);
    this.#remember(long);
    return { long, lasting: openFor(lastingShare) };
  }

  #remember(long: Blocker[]): void {
    this.#looks++;
    for (const [serverId, [oldest]] of Map.groupBy(long, (blocker) => blocker.serverId)) {
      const busy = this.#busy.get(serverId) ?? { looks: 0, ids: new Set() };
      this.#busy.set(serverId, busy);
      busy.looks++;
      if (oldest !== undefined) busy.ids.add(oldest.id);
    }
  }
}

export function serversOf(transactions: Blocker[]): Set<string> {
  return new Set(transactions.map(({ serverId }) => serverId));
}
