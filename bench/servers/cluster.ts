// A cluster of so many agents, and the coordinator's own code in this process, over real gRPC.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { service as healthService } from "grpc-health-check";
import { destination } from "pino";
import type { Agency, Plan } from "../../coordinator/agency/agency.ts";
import { openAgency } from "../../coordinator/agency/open-agency.ts";
import { AgentClient, overGrpc } from "../../coordinator/agent-client.ts";
import { cutCluster } from "../../coordinator/cut-cluster.ts";
import { eventText } from "../../coordinator/event-text.ts";
import { mustAll } from "../../coordinator/fan-out.ts";
import { lockCluster } from "../../coordinator/lock-cluster.ts";
import { type ServerAddress, serversOf } from "../../coordinator/plan.ts";
import type { AgentPort, Ports, RunEvent } from "../../coordinator/ports.ts";
import type { BackupRun } from "../../coordinator/run.ts";
import { Agent } from "../../proto/agent-contract.ts";
import type { HoldReport } from "../../proto/gen/stillpoint/v1/HoldReport.ts";
import { clientOptions } from "../../proto/load.ts";
import { toDate } from "../../proto/time.ts";
import { channelTo } from "../../runtime/channel.ts";
import { systemClock } from "../../runtime/clock.ts";
import { openLog } from "../../runtime/log.ts";
import { forever } from "../../test/support/test-agent.ts";
import { defaults } from "../dead-time/strategies.ts";
import type { HostedServer } from "./agents-process.ts";
import { startAgents } from "./start-agents.ts";

type Check = MethodDefinition<{ service: string }, object>;
type CutAll = (run: BackupRun) => Promise<Map<string, HoldReport>>;

const { path, requestSerialize, responseDeserialize } = healthService.Check as unknown as Check;
const policy = { ...defaults, allowInconsistent: false };
/** What was begun or ended before has come to rest by then. */
const restMs = 50;

export interface Stalls {
  /** How long its writes were blocked, by server id, as its agent says. */
  byServer: Map<string, number>;
  /** From the first server that was asked to stop to the last that wrote again. */
  spanMs: number;
}

export class BenchedCluster implements AsyncDisposable {
  readonly #opened: AsyncDisposableStack;
  readonly #clients: Client[];
  readonly #agents: AgentPort[];
  readonly #plan: Plan;
  readonly #ports: Ports;
  #token = 0;

  static async open(servers: readonly HostedServer[]): Promise<BenchedCluster> {
    await using opened = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), "stillpoint-bench-"));
    opened.defer(() => rm(home, { recursive: true }));
    const listening = await startAgents(servers, home, opened);
    const agency = await openAgency({ kind: "embedded", file: join(home, "agency") });
    opened.defer(() => agency.close());
    const put = listening.map(({ id, agent }) => ({
      key: `DBServers/${id}`,
      value: Buffer.from(JSON.stringify({ agent })),
    }));
    await agency.changePlan(await agency.readPlan(forever), { put, remove: [] }, forever);
    return new BenchedCluster(await agency.readPlan(forever), agency, home, opened.move());
  }

  private constructor(plan: Plan, agency: Agency, home: string, opened: AsyncDisposableStack) {
    const connected = serversOf(plan).map(connect);
    this.#clients = connected.map(({ client }) => opened.adopt(client, (each) => each.close()));
    this.#agents = connected.map(({ agent }) => agent);
    this.#plan = plan;
    this.#opened = opened;
    const log = openLog("coordinator", "info", destination({ dest: join(home, "coordinator.log"), sync: true }));
    const report = (event: RunEvent) => log.info(event, eventText(event));
    const connectAll = () => this.#agents;
    this.#ports = { holder: "bench", agency, connect: connectAll, clock: systemClock, random: Math.random, report };
  }

  /** Ours: each server writes on as soon as its own cut is made. */
  releasedEarly(): Promise<Stalls> {
    return this.#prepared(async (run) => {
      const { holds } = await cutCluster(policy, run, this.#agents, this.#plan, this.#ports, forever);
      return holds;
    });
  }

  /** The same locks and the same cuts, but all servers are held until the last one has its cut. */
  heldToTheEnd(): Promise<Stalls> {
    return this.#prepared(async (run) => {
      await using lock = await lockCluster(this.#agents, run, policy, this.#ports, forever);
      const options = { round: lock.round, withoutHold: true, withinMs: lock.holdMs };
      await mustAll(this.#agents, (agent) => agent.snapshot(run, options, forever));
      return await lock.release();
    });
  }

  /** The floor: all agents are called twice, to do nothing, the second time when all have answered. Another call comes before,
   * as before a lock the open writes are looked at. */
  async twoCalls(): Promise<number> {
    await pause(restMs);
    await this.#callAll();
    const begin = performance.now();
    for (const _ of ["Lock", "Snapshot"]) await this.#callAll();
    return performance.now() - begin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  async #prepared(cutAll: CutAll): Promise<Stalls> {
    const token = ++this.#token;
    const run = { backupId: `2026-11-22T15.04.05.123Z_${token}`, token, label: "", createdAt: new Date(), rounds: [] };
    await mustAll(this.#agents, (agent) => agent.prepare(run, forever));
    await pause(restMs);
    const holds = await cutAll(run);
    await mustAll(this.#agents, (agent) => agent.abort(run, 1));
    return stallsOf(holds);
  }

  async #callAll(): Promise<void> {
    await Promise.all(this.#clients.map(callNothing));
  }
}

function connect({ id, agent: address }: ServerAddress) {
  const { credentials, options } = channelTo(address, {});
  const client = new Agent(address, credentials, { ...clientOptions, ...options });
  return { client, agent: new AgentClient(id, address, overGrpc(client), systemClock) };
}

/** As the library does it, with nothing of ours. */
function callNothing(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: "" }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

/** All agents are on this machine, so that their calendars are one. */
function stallsOf(holds: Map<string, HoldReport>): Stalls {
  const timeOf = (at: HoldReport["askedAt"]) => (at === null ? Number.NaN : toDate(at).getTime());
  const reports = [...holds.values()];
  const firstAt = Math.min(...reports.map(({ askedAt }) => timeOf(askedAt)));
  const lastAt = Math.max(...reports.map(({ endedAt }) => timeOf(endedAt)));
  return { byServer: new Map([...holds].map(([id, { stallMs }]) => [id, stallMs])), spanMs: lastAt - firstAt };
}
