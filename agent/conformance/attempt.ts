// Writes of a client while writes are stopped, and when they go on.
import { setTimeout as pause } from "node:timers/promises";
import { messageOf } from "../../proto/errors.ts";
import { Broken } from "./case.ts";
import type { WriteProbe } from "./probe.ts";

const tryAgainMs = 50;

/** One write that was begun. */
export class Attempt {
  outcome: "waits" | "acknowledged" | "refused" = "waits";
  /** Why it was refused. */
  problem = "";
  /** On the monotonic clock of this process; of the end, once there is one. */
  readonly beganAt = performance.now();
  endedAt = Number.POSITIVE_INFINITY;
  readonly ended: Promise<void>;

  constructor(probe: WriteProbe) {
    this.ended = probe.write().then(
      () => this.#end("acknowledged"),
      (error: unknown) => {
        this.problem = messageOf(error);
        this.#end("refused");
      },
    );
  }

  #end(outcome: "acknowledged" | "refused"): void {
    this.outcome = outcome;
    this.endedAt = performance.now();
  }
}

/** The attempt has ended, or the time is over. */
export async function endsWithin(attempt: Attempt, ms: number): Promise<void> {
  const left = new AbortController();
  const limit = pause(Math.max(ms, 0), undefined, { signal: left.signal }).catch(() => {}); // left on purpose
  await Promise.race([attempt.ended, limit]);
  left.abort();
}

/**
 * A write that is begun while writes are stopped, after it was watched for a while: it was not acknowledged, reads were
 * answered, and what they counted did not change.
 * @throws Broken
 */
export async function blockedWrite(probe: WriteProbe, watchMs: number): Promise<Attempt> {
  const before = await probe.count();
  const attempt = new Attempt(probe);
  await endsWithin(attempt, watchMs);
  const after = await probe.count();
  if (attempt.outcome === "acknowledged") {
    const tookMs = Math.round(attempt.endedAt - attempt.beganAt);
    throw new Broken(`a write that was begun after the stop was acknowledged ${tookMs} ms later`);
  }
  if (after !== before) throw new Broken(`under the stop the count went from ${before} to ${after}`);
  return attempt;
}

/**
 * When writes go on: the end of the attempt, or of the first write after it if that one was refused.
 * @throws Broken, if they do not until `at`
 */
export async function writesGo(probe: WriteProbe, attempt: Attempt, at: number): Promise<number> {
  const askedAt = performance.now();
  let latest = attempt;
  for (;;) {
    await endsWithin(latest, at - performance.now());
    if (latest.outcome === "acknowledged") return latest.endedAt;
    if (performance.now() >= at) {
      const ms = Math.round(performance.now() - askedAt);
      throw new Broken(`writes are still stopped ${ms} ms later${latest.problem && `: ${latest.problem}`}`);
    }
    if (latest.outcome === "refused") {
      await pause(tryAgainMs);
      latest = new Attempt(probe);
    }
  }
}
