// How long a stop command may take, and how long its stop holds. From the start of the command on, writes may be blocked; so
// both together never take longer than the wait and the hold that were asked for. Pure.
import type { StopRequest } from "./engine.ts";

type Limits = Pick<StopRequest, "waitMs" | "holdMs">;

/** What the stop command may take for itself, beside its waiting for open writes: at the expense of the hold. */
const overheadMs = 1_000;

/** When the stop command is killed, in milliseconds from its start. */
export function stopTimeoutMs({ waitMs, holdMs }: Limits): number {
  return waitMs + Math.min(overheadMs, holdMs);
}

/** How long writes are held after a stop command that took so long. */
export function holdLeftMs({ waitMs, holdMs }: Limits, tookMs: number): number {
  return Math.max(0, holdMs - Math.max(0, tookMs - waitMs));
}
