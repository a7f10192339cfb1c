// A gate that says "stopped" at once and stops nothing: to see that the check of a backup finds what it is there to find.
import { systemClock } from "../../runtime/clock.ts";
import { Gate, type StopRequest, type StopResult } from "./gate.ts";

export class LyingGate extends Gate {
  #resumed = new AbortController();

  override async stop({ holdMs }: StopRequest, signal: AbortSignal): Promise<StopResult> {
    this.#resumed = new AbortController();
    return { expired: systemClock.sleep(holdMs, AbortSignal.any([signal, this.#resumed.signal])) };
  }

  override resume(): { longestBlockedMs: number } {
    this.#resumed.abort();
    return { longestBlockedMs: 0 };
  }
}
