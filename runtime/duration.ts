// Durations as people write them ("500ms", "2m", "0") and as the code has them: whole milliseconds.
import ms, { type StringValue } from "ms";

/** The longest wait and the longest hold that an agent accepts. */
export const hourMs = 60 * 60 * 1000;
/** The longest time that anything may be told to take. */
export const dayMs = 24 * hourMs;

export interface DurationLimits {
  minMs?: number;
  maxMs?: number;
}

/** @throws RangeError whose message goes on after "... is invalid: " */
export function parseDuration(text: string, { minMs = 0, maxMs = hourMs }: DurationLimits = {}): number {
  const trimmed = text.trim();
  if (/^\d*\.?\d+$/.test(trimmed) && Number(trimmed) !== 0) {
    throw new RangeError(`must have a unit, such as ${trimmed}ms or ${trimmed}s`);
  }
  const exact = trimmed === "" ? undefined : (ms(trimmed as StringValue) as number | undefined);
  if (exact === undefined) throw new RangeError("must be a duration, such as 500ms, 10s or 2m");
  const whole = Math.round(exact);
  if (Math.abs(whole - exact) > 1e-6) throw new RangeError("must be whole milliseconds");
  if (whole < minMs) throw new RangeError(minMs === 0 ? "must not be negative" : `must be ${ms(minMs)} at least`);
  if (whole > maxMs) throw new RangeError(`must be ${ms(maxMs)} at most`);
  return whole;
}
