// Looks now and then whether a run died: a job without a claim. So a dead coordinator's run is settled by any other one,
// within the time of a lease or two, also when nobody asks for a backup.
import { hasReason, messageOf } from "../proto/errors.ts";
import type { Ports } from "./ports.ts";
import { settleJobs } from "./take-over.ts";

export class StandBy {
  readonly #ports: Ports;
  readonly #everyMs: number;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  /** What was told last: the same is not told again each time. */
  #problem = "";

  /** Looks at once, and then every `everyMs`. */
  constructor(ports: Ports, everyMs: number) {
    this.#ports = ports;
    this.#everyMs = everyMs;
    this.#watching = this.#watch();
  }

  /** Ends the looking, and waits for what is being settled to come to its end. Repeatable. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    do {
      this.#tell(await this.#look(signal));
    } while (await this.#ports.clock.sleep(this.#everyMs, signal));
  }

  /** What keeps a dead run from being settled, for a person. */
  async #look(signal: AbortSignal): Promise<string> {
    const { agency } = this.#ports;
    try {
      if ((await agency.listJobs(signal)).size === 0) return "";
      if ((await agency.currentClaim(signal)) === undefined) await settleJobs(this.#ports, signal);
      return "";
    } catch (error) {
      return signal.aborted || hasReason(error, "claim-taken") ? "" : messageOf(error);
    }
  }

  #tell(problem: string): void {
    if (problem !== "" && problem !== this.#problem) this.#ports.report({ step: "settle-failed", problem });
    this.#problem = problem;
  }
}
