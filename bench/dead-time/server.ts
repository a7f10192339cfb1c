// A database server with its agent, on a virtual clock: transactions, stops, and an exact count of how long its writes were
// blocked. Its database is the one that the tests of the engine contract use.
import type { LockingAgent, LockOptions, Run } from "../../coordinator/ports.ts";
import { Agent } from "../../proto/agent-contract.ts";
import type { DescribeResponse } from "../../proto/gen/stillpoint/v1/DescribeResponse.ts";
import type { HoldReport } from "../../proto/gen/stillpoint/v1/HoldReport.ts";
import type { Clock } from "../../runtime/clock.ts";
import { FilesInMemory, type Stop, TinyDatabase } from "../../test/support/tiny-database.ts";

/** Messages in which nothing stands but what is looked at here. */
const description = Agent.service.Describe.responseDeserialize(Buffer.alloc(0));
const holdReport = emptyHoldReport();

interface Asked {
  number: number;
  askedAt: number;
  stop?: Stop;
  stallMs?: number;
}

export class SimulatedServer implements LockingAgent {
  readonly serverId: string;
  readonly database: TinyDatabase;
  /** How long its writes were blocked in each round. */
  readonly stallsMs: number[] = [];
  readonly #clock: Clock;
  /** The round in which its writes are, or were last, blocked. */
  #round: Asked | undefined;

  constructor(serverId: string, clock: Clock) {
    this.serverId = serverId;
    this.#clock = clock;
    this.database = new TinyDatabase(new FilesInMemory(), clock);
  }

  /** One write transaction, that begins as soon as writes may. */
  async transaction(ms: number): Promise<void> {
    const id = await this.database.begin("", "");
    await this.#clock.sleep(ms, never);
    this.database.end(id);
  }

  async describe(): Promise<DescribeResponse> {
    return { ...description, openWrites: this.database.openWrites().map((open) => ({ ...open, serverId: "" })) };
  }

  async lock(_run: Run, { round, waitMs, holdMs }: LockOptions, signal: AbortSignal): Promise<{ lockWaitMs: number }> {
    const asked: Asked = { number: round, askedAt: this.#clock.now() };
    this.#round = asked;
    try {
      asked.stop = await this.database.stopWrites({ lockId: String(round), waitMs, holdMs }, signal);
    } catch (error) {
      this.#end(asked);
      throw error;
    }
    return { lockWaitMs: this.#clock.now() - asked.askedAt };
  }

  async release(_run: Run, round: number): Promise<HoldReport | null> {
    const asked = this.#round;
    if (asked?.number !== round) return null;
    this.database.letGo(asked.stop, "resumed");
    return { ...holdReport, round, stallMs: this.#end(asked) };
  }

  #end(asked: Asked): number {
    if (asked.stallMs === undefined) {
      asked.stallMs = this.#clock.now() - asked.askedAt;
      this.stallsMs.push(asked.stallMs);
    }
    return asked.stallMs;
  }
}

/** A signal that never aborts, and that thousands may wait for: it keeps no list of them. */
export const never: AbortSignal = Object.assign(new AbortController().signal, {
  addEventListener: () => {},
  removeEventListener: () => {},
});

function emptyHoldReport(): HoldReport {
  const { responseSerialize, responseDeserialize } = Agent.service.Release;
  const { hold } = responseDeserialize(responseSerialize({ hold: {} }));
  if (hold === null || hold === undefined) throw new Error("an empty report was lost on its way");
  return hold;
}
