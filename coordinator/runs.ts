// The runs that this coordinator is busy with: what cancel and shutdown must end, and wait for.
import { hasReason, messageOf, StillpointError } from "../proto/errors.ts";
import type { RunEvent } from "./ports.ts";

export interface StartedRun<Result> {
  /** What the run reports; ends with the run. */
  events: AsyncIterable<RunEvent>;
  result: Promise<Result>;
}

interface RunningRun {
  /** Empty until the run has claimed the cluster. */
  backupId: string;
  cancel: AbortController;
  ended: Promise<PromiseSettledResult<unknown>[]>;
}

export class Runs {
  readonly #running = new Set<RunningRun>();
  #closed = false;

  /**
   * Starts the work. It is cancelled with `caller`, by `cancel`, or by `close`, and always comes to its own end.
   * @throws StillpointError cancelled, after `close`
   */
  begin<Result>(
    caller: AbortSignal,
    work: (report: (event: RunEvent) => void, stop: AbortSignal) => Promise<Result>,
  ): StartedRun<Result> {
    if (this.#closed) throw shuttingDown();
    const cancel = new AbortController();
    const events = new EventQueue();
    const run: RunningRun = { backupId: "", cancel, ended: Promise.resolve([]) };
    const report = (event: RunEvent) => {
      if (event.step === "claimed") run.backupId = event.backupId;
      events.push(event);
    };
    this.#running.add(run);
    const result = work(report, AbortSignal.any([caller, cancel.signal])).finally(() => {
      this.#running.delete(run);
      events.end();
    });
    run.ended = Promise.allSettled([result]);
    return { events, result };
  }

  /**
   * Cancels the run of this backup, or of whichever has the claim here, and waits until nothing is left of it.
   * @throws StillpointError not-found, if there is none; or if it came to another end, having been decided before
   */
  async cancel(backupId: string): Promise<string> {
    const claimed = [...this.#running].filter((run) => run.backupId !== "");
    const run = claimed.find((each) => backupId === "" || each.backupId === backupId);
    if (run === undefined) {
      const what = backupId === "" ? "nothing" : `no run of backup "${backupId}"`;
      throw new StillpointError("not-found", `this coordinator runs ${what}`, {
        hint: "stillpoint status shows which coordinator holds the claim",
      });
    }
    run.cancel.abort(new StillpointError("cancelled", `the run of backup "${run.backupId}" was cancelled`));
    const [ended] = await run.ended;
    if (ended?.status === "rejected" && hasReason(ended.reason, "cancelled")) return run.backupId;
    throw tooLate(run.backupId, ended);
  }

  /** Cancels all runs and waits for them. There are no more after that. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#running) cancel.abort(shuttingDown());
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }
}

/** Decided work that could not be finished yet ends with an error, too: it is not taken back. */
function tooLate(backupId: string, ended: PromiseSettledResult<unknown> | undefined): StillpointError {
  const message = `the run of backup "${backupId}" was over before it could be cancelled`;
  const hint = "stillpoint list shows what there is, stillpoint status what goes on";
  if (ended?.status !== "rejected") return new StillpointError("not-found", message, { hint });
  return new StillpointError("not-found", `${message}: ${messageOf(ended.reason)}`, { hint, cause: ended.reason });
}

function shuttingDown(): StillpointError {
  return new StillpointError("cancelled", "the coordinator is shutting down");
}

/** Events in order, for one reader, who may come late. A reader that is slow holds nobody up. */
class EventQueue implements AsyncIterable<RunEvent> {
  readonly #events: RunEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;

  push(event: RunEvent): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent> {
    for (;;) {
      const events = this.#events.splice(0);
      yield* events;
      if (events.length > 0) continue;
      if (this.#ended) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }
}
