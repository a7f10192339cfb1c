// What one backup's run knows of itself, over all its tries.
import type { RoundReport, Run } from "./ports.ts";

export interface BackupRun extends Run {
  /** The label, or the UUID that stands for it. */
  label: string;
  createdAt: Date;
  /** Every round so far; their numbers grow over all tries. */
  rounds: RoundReport[];
  /** Why the try before this one failed. */
  failure?: string;
  /** Of the clock: nobody waits for a lock beyond it. Set by the first try to lock: what comes before blocks nobody. */
  deadline?: number;
  /** The number of the cut that was taken without a lock. */
  unlockedCut?: number;
  /** When the last round let go, by the clock, and the longest that it had blocked the writes of one server. */
  released?: { at: number; worstStallMs: number };
  /** The servers whose writes may still be stopped after they were let go last, with why. */
  stillStopped?: Map<string, string>;
}

/** The number of the last round, or of the cut that came after it without a lock; 0 before the first. */
export function lastRound({ rounds, unlockedCut = 0 }: BackupRun): number {
  return Math.max(rounds.at(-1)?.round ?? 0, unlockedCut);
}
