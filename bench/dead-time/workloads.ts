// What clients do to the servers, by a seed: when each transaction begins, and how long it is open. A transaction that finds
// its server blocked begins when it may. Short writes go on all the time: the longest of them is blocked for a whole stall.
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../test/simulation/random.ts";
import { never, type SimulatedServer } from "./server.ts";

export interface Workload {
  name: string;
  /** Many where one run costs anything from nothing to 700 server-seconds: 20,000 have a mean that is right within 1 to 2 %. */
  runs: number;
  /** Whether time and dead time are traded here, as `--patience` says. */
  isTraded?: boolean;
  /** How long it goes on before the backup begins. */
  warmUpMs: (chance: Random) => number;
  begin(world: World): void;
}

export interface World {
  servers: SimulatedServer[];
  clock: Clock;
  chance: Random;
}

export const workloads: Workload[] = [
  {
    name: "one transaction of 40 s",
    runs: 60,
    warmUpMs: (chance) => chance.between(0, 5000),
    begin: ({ servers, chance }) => void chance.pick(servers).transaction(40_000),
  },
  {
    name: "one server always has one of 5 s",
    runs: 60,
    warmUpMs: (chance) => chance.between(0, 5000),
    begin: ({ servers, chance }) => void keepBusy(chance.pick(servers), 5000),
  },
  { ...random("random, one per 60 s of 8 s", 20_000, { everyMs: 60_000, meanMs: 8000 }), isTraded: true },
  { ...random("random, one per 20 s of 5 s", 20_000, { everyMs: 20_000, meanMs: 5000 }), isTraded: true },
  random("random, one per 10 s of 1 s", 60, { everyMs: 10_000, meanMs: 1000 }),
  random("short only, 20 per s of 15 ms", 60, { everyMs: 50, meanMs: 15 }),
  random("short only, 2.5 per s of 200 ms", 60, { everyMs: 400, meanMs: 200 }),
  {
    name: "busy server, and random of 8 s",
    runs: 60,
    warmUpMs: () => 60_000,
    begin: (world) => {
      poisson(world, { everyMs: 120_000, meanMs: 8000 });
      void keepBusy(world.chance.pick(world.servers), 5000);
    },
  },
  {
    name: "cross-server, on three for 0.3 s",
    runs: 60,
    warmUpMs: () => 20_000,
    begin: ({ servers, clock, chance }) => void crossServer(servers, clock, chance),
  },
];

/** Each server has one now and then, on the mean every so often and open for so long, both exponential. */
function random(name: string, runs: number, traffic: Traffic): Workload {
  return { name, runs, warmUpMs: () => 60_000, begin: (world) => poisson(world, traffic) };
}

interface Traffic {
  everyMs: number;
  meanMs: number;
}

function poisson({ servers, clock, chance }: World, { everyMs, meanMs }: Traffic): void {
  for (const server of servers) {
    const own = chance.split(server.serverId);
    void (async () => {
      for (;;) {
        await clock.sleep(exponential(own, everyMs), never);
        void server.transaction(exponential(own, meanMs));
      }
    })();
  }
}

async function keepBusy(server: SimulatedServer, ms: number): Promise<never> {
  for (;;) await server.transaction(ms);
}

async function crossServer(servers: SimulatedServer[], clock: Clock, chance: Random): Promise<never> {
  for (;;) {
    await clock.sleep(exponential(chance, 1000), never);
    void openOneAfterTheOther(chance.shuffled(servers).slice(0, 3), exponential(chance, 300), clock);
  }
}

/** Whoever does not get in within a second gives up, and ends what it has on the others. */
async function openOneAfterTheOther(servers: SimulatedServer[], ms: number, clock: Clock): Promise<void> {
  const open: { server: SimulatedServer; id: string }[] = [];
  for (const server of servers) {
    const begun = server.database.begin("", "");
    const id = await Promise.race([begun, clock.sleep(1000, never).then(() => undefined)]);
    if (id === undefined) {
      void begun.then((late) => server.database.end(late));
      break;
    }
    open.push({ server, id });
    await clock.sleep(ms / servers.length, never);
  }
  for (const { server, id } of open) server.database.end(id);
}

function exponential(chance: Random, mean: number): number {
  return -mean * Math.log(1 - chance.next());
}
