// The database's clients: they write all the time, more while a backup goes on. Their transactions go over several servers
// (two-phase: committed nowhere before it is prepared everywhere), stay open for a while, or depend on each other in order.
import type { AgentHost } from "./agents.ts";
import type { Database } from "./database.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export class Writers {
  readonly chance: Random;
  /** A backup is between its preparation and its cut: this is when writes matter. */
  isHot = false;
  isStopped = false;
  readonly #world: World;
  #lastId = 0;

  constructor(world: World, chance: Random) {
    this.#world = world;
    this.chance = chance;
  }

  start(count: number): void {
    for (let number = 1; number <= count; number++) this.#next();
  }

  /** A write on every server; `done` is told when all are acknowledged. */
  writeEverywhere(done: () => void): void {
    let left = this.#world.hosts.length;
    for (const host of this.#world.hosts) {
      this.#whenUp(host, (database) => {
        database.write(this.#newId("w"));
        left--;
        if (left === 0) done();
      });
    }
  }

  /** What a server finds prepared when it starts gets to know what was decided. */
  settleInDoubt(database: Database): void {
    for (const [id, { isPrepared }] of database.open) {
      if (isPrepared) this.#after(this.chance.between(20, 200), () => this.#settle(database, id));
    }
  }

  #settle(database: Database, id: string): void {
    const outcome = this.#world.oracle.backups.history.outcomeOf(id);
    if (outcome === undefined) this.#after(50, () => this.#settle(database, id));
    else if (database.isOpen) database.end(id, outcome);
  }

  #next(): void {
    const pauseMs = this.isHot
      ? this.chance.between(1, 30)
      : this.chance.between(100, this.#world.faults.isActive ? 900 : 3000);
    this.#after(pauseMs, () => {
      if (this.isStopped) return;
      const kind = this.chance.whole(1, 10);
      if (kind <= 5) this.#transaction(() => this.#next());
      else if (kind <= 8) this.#chain(() => this.#next());
      else this.#longTransaction(() => this.#next());
    });
  }

  /** First one write, and when it is acknowledged another one elsewhere that depends on it. */
  #chain(done: () => void): void {
    const [first, second] = this.chance.shuffled(this.#world.hosts);
    if (first === undefined || second === undefined) return;
    this.#whenUp(first, (database) => {
      const cause = this.#newId("c");
      database.write(cause);
      const dataId = first.dataId;
      this.#after(this.chance.between(0.1, 15), () => {
        this.#whenUp(second, (other) => {
          if (first.dataId === dataId) this.#writeEffect(cause, first, second, other);
          done();
        });
      });
    });
  }

  #writeEffect(cause: string, first: AgentHost, second: AgentHost, database: Database): void {
    const effect = this.#newId("e");
    this.#world.oracle.backups.history.dependsOn(effect, second.serverId, cause, first.serverId);
    database.write(effect);
  }

  #longTransaction(done: () => void): void {
    const host = this.chance.pick(this.#world.hosts);
    this.#whenUp(host, (database) => {
      const id = this.#newId("l");
      database.begin(id, false);
      this.#after(this.chance.chance(0.2) ? this.chance.between(500, 6000) : this.chance.between(20, 500), () => {
        if (database.isOpen) database.end(id, "commit");
        done();
      });
    });
  }

  #transaction(done: () => void): void {
    const hosts = this.chance.shuffled(this.#world.hosts).slice(0, this.chance.whole(2, this.#world.hosts.length));
    new Transaction(this.#world, this.chance, this.#newId("t"), hosts, done).prepareNext();
  }

  #whenUp(host: AgentHost, work: (database: Database) => void): void {
    whenUp(this.#world, host, work);
  }

  #newId(kind: string): string {
    this.#lastId++;
    return `${kind}${this.#lastId}`;
  }

  #after(ms: number, run: () => void): void {
    this.#world.scheduler.afterPlain(ms, undefined, run);
  }
}

/** When the server runs and takes writes, at once or later. */
function whenUp(world: World, host: AgentHost, work: (database: Database) => void): void {
  const again = () => void world.scheduler.afterPlain(50, undefined, () => whenUp(world, host, work));
  const { database } = host;
  if (!database?.isOpen || database.process.state !== "running") {
    again();
    return;
  }
  database.whenWritesGo((isRunning) => {
    if (isRunning && database.process.state === "running") work(database);
    else again();
  });
}

interface Participant {
  host: AgentHost;
  /** Of its data: after a restore it is other data, and what was begun before is void. */
  dataId: number;
}

/** One transaction over several servers. */
class Transaction {
  readonly #world: World;
  readonly #chance: Random;
  readonly #id: string;
  readonly #hosts: AgentHost[];
  readonly #done: () => void;
  readonly #prepared: Participant[] = [];
  #isOver = false;

  constructor(world: World, chance: Random, id: string, hosts: AgentHost[], done: () => void) {
    this.#world = world;
    this.#chance = chance;
    this.#id = id;
    this.#hosts = hosts;
    this.#done = done;
    this.#after(chance.between(80, 1500), () => this.#abort());
  }

  prepareNext(): void {
    const host = this.#hosts[this.#prepared.length];
    if (host === undefined) {
      this.#decide();
      return;
    }
    whenUp(this.#world, host, (database) => {
      if (this.#isOver) return;
      database.begin(this.#id, true);
      this.#prepared.push({ host, dataId: host.dataId });
      this.#after(this.#chance.between(0.1, 8), () => {
        if (!this.#isOver) this.prepareNext();
      });
    });
  }

  #decide(): void {
    const isValid = this.#prepared.every(({ host, dataId }) => host.dataId === dataId);
    if (!isValid) {
      this.#abort();
      return;
    }
    this.#isOver = true;
    this.#world.oracle.backups.history.isAtomic(
      this.#id,
      this.#hosts.map(({ serverId }) => serverId),
    );
    this.#endEverywhere("commit");
  }

  #abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#world.oracle.backups.history.isAborted(this.#id);
    this.#endEverywhere("abort");
  }

  #endEverywhere(outcome: "commit" | "abort"): void {
    for (const { host } of this.#prepared) this.#endOn(host, outcome);
    this.#after(this.#chance.between(1, 20), this.#done);
  }

  /** What was decided is told until it is heard; other data than that which prepared it does not know it. */
  #endOn(host: AgentHost, outcome: "commit" | "abort"): void {
    this.#after(this.#chance.between(0.1, 15), () => {
      const { database } = host;
      if (database?.isOpen && database.process.state === "running") database.end(this.#id, outcome);
      else this.#after(50, () => this.#endOn(host, outcome));
    });
  }

  #after(ms: number, run: () => void): void {
    this.#world.scheduler.afterPlain(ms, undefined, run);
  }
}
