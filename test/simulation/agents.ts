// The machine of one server: its disk, its database, and the real agent beside it, behind the handlers of its real service.
// What dies is started again after a while, as a supervisor does it.
import { EventEmitter } from "node:events";
import { Agent } from "../../agent/agent.ts";
import type { Disk } from "../../agent/disk.ts";
import { agentService } from "../../agent/service.ts";
import { messageOf } from "../../proto/errors.ts";
import type { AgentHandlers } from "../../proto/gen/stillpoint/v1/Agent.ts";
import type { toStatus } from "../../proto/wire.ts";
import { Database } from "./database.ts";
import { DatabaseFiles } from "./database-files.ts";
import { simulatedDisk, simulatedListing } from "./disk.ts";
import { SimulatedEngine } from "./engine.ts";
import { FileSystem } from "./file-system.ts";
import { simulatedLayout } from "./layout.ts";
import { type ClockFacts, Process } from "./process.ts";
import { simulatedWatch } from "./watch.ts";
import type { World } from "./world.ts";

type Status = ReturnType<typeof toStatus>;

export interface Incoming {
  method: string;
  request: unknown;
  peer: string;
  write: (message: unknown) => void;
  answer: (error?: Status) => void;
}

type Handler = (call: EventEmitter, reply?: (error: Status | null, response?: unknown) => void) => void;

export class AgentHost {
  readonly serverId: string;
  readonly files = new FileSystem();
  database: Database | undefined;
  /** Stopped by its agent: no supervisor starts it. */
  isDatabaseStopped = false;
  /** Which data the server works on, or did before it was stopped: what was begun on other data is void. */
  dataId = 0;
  process: Process | undefined;
  agent: Agent | undefined;
  readonly #world: World;
  readonly #clock: ClockFacts;
  readonly #canClone: boolean;
  #handlers: Record<string, Handler> | undefined;
  #sessions = 0;

  constructor(world: World, serverId: string, clock: ClockFacts, canClone: boolean) {
    this.#world = world;
    this.serverId = serverId;
    this.#clock = clock;
    this.#canClone = canClone;
    DatabaseFiles.create(this.files, "/data", serverId);
  }

  get name(): string {
    return `agent of ${this.serverId}`;
  }

  get address(): string {
    return `${this.serverId}:7421`;
  }

  /** @throws StillpointError corrupt, if it cannot use its files */
  startDatabase(): void {
    if (this.database?.isOpen) return;
    this.#sessions++;
    const process = new Process(this.#world, this.serverId, "server", this.#clock);
    const { oracle } = this.#world;
    this.database = new Database(this.#world, this.serverId, process, this.files, this.#sessions);
    this.isDatabaseStopped = false;
    oracle.restores.onStarted(this);
    this.#world.writers.settleInDoubt(this.database);
    process.onDeath(() => this.#startDatabaseLater());
  }

  stopDatabase(): void {
    this.dataId++;
    this.#world.oracle.restores.onStopped(this);
    this.isDatabaseStopped = true;
    this.database?.close();
  }

  /** Who is on call starts a server that its agent stopped, and whose note of that a disk that lies has lost. */
  startForgottenDatabase(): void {
    if (!this.isDatabaseStopped || this.files.names("/data/backups").includes(".server-stopped")) return;
    this.#world.trace(() => `${this.serverId} is started by hand`);
    this.#startOwnDatabase();
  }

  startAgent(): void {
    if (this.process !== undefined) return;
    const process = new Process(this.#world, this.name, "agent", this.#clock);
    this.process = process;
    process.onDeath(() => this.#agentDied());
    const agent = this.#newAgent(process);
    agent.open(new AbortController().signal).then(
      () => this.#listen(process, agent),
      (error: unknown) => {
        this.#world.trace(() => `${this.name} cannot open: ${messageOf(error)}`);
        this.#world.oracle.onCannotOpen(error);
        process.kill();
      },
    );
  }

  /** Both processes die, and the disk loses what was not synced. */
  cutPower(): void {
    this.#world.coverage.hit("disk: power cut");
    this.process?.kill();
    const { database } = this;
    database?.process.kill();
    this.files.cutPower(this.#world.diskChance);
    this.#world.oracle.onPowerCut(this);
  }

  /** Hands the call to its handler. What is returned may be told that the caller went away. */
  serve({ method, request, peer, write, answer }: Incoming): EventEmitter {
    const call = Object.assign(new EventEmitter(), {
      request,
      getPath: () => method,
      getPeer: () => peer,
      write: (message: unknown) => {
        write(message);
        return true;
      },
      end: () => answer(),
    });
    const handler = this.#handlers?.[method];
    if (handler !== undefined) this.#world.oracle.holds.onDelivered(this, method, request);
    if (handler === undefined) {
      answer({ code: 14, details: "not listening yet" } as Status);
      return call;
    }
    call.on("error", (error: Status) => answer(error));
    handler(call, (error, response) => {
      if (error === null) write(response);
      answer(error ?? undefined);
    });
    return call;
  }

  #newAgent(process: Process): Agent {
    const { oracle, wiring } = this.#world;
    const disk: Disk = wiring.disk(simulatedDisk(this.files, process, { canClone: this.#canClone }), process);
    const engine = wiring.engine(new SimulatedEngine(this.#world, this, process), this);
    return new Agent({
      serverId: this.serverId,
      version: "1",
      dataDir: "/data",
      engine,
      layout: simulatedLayout(this.files, process, (dataDir) => {
        if (dataDir === "/data") oracle.holds.onLook(this);
      }),
      disk,
      clock: process.clock,
      list: simulatedListing(this.files, process),
      watch: simulatedWatch(this.files, process, this.#world.coverage),
      report: (event) => {
        if (process.isAlive) oracle.onAgentEvent(this, event);
      },
    });
  }

  #listen(process: Process, agent: Agent): void {
    if (!process.isAlive) return;
    const identity = { serverId: this.serverId, dataDir: "/data", engine: "simulated", version: "1" };
    const onError = (error: unknown, method: string) => {
      this.#world.oracle.onHandlerError(this, method, error);
    };
    const handlers: AgentHandlers = agentService(agent, identity, onError);
    this.agent = agent;
    this.#handlers = this.#world.wiring.handlers(handlers, agent, this) as unknown as Record<string, Handler>;
    this.#world.trace(() => `${this.name} listens`);
  }

  #agentDied(): void {
    this.process = undefined;
    this.agent = undefined;
    this.#handlers = undefined;
    const { scheduler, faults } = this.#world;
    scheduler.after(faults.restartAfterMs(), undefined, () => this.startAgent());
  }

  #startDatabaseLater(): void {
    const { scheduler, faults } = this.#world;
    scheduler.after(faults.restartAfterMs(), undefined, () => {
      if (!this.isDatabaseStopped) this.#startOwnDatabase();
    });
  }

  #startOwnDatabase(): void {
    try {
      this.startDatabase();
    } catch (error) {
      this.#world.oracle.onRuined(this, error);
    }
  }
}
