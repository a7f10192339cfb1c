// A write transaction inside the gate.
import type { StillpointError, WriteTransaction } from "../../proto/errors.ts";

/** What a person sees of it. */
export type Description = Omit<WriteTransaction, "ageMs">;

/** Disposing of it leaves the gate. */
export class OpenWrite implements Disposable {
  readonly description: Description;
  /** The transaction is over, with whatever result. Repeatable. */
  readonly leave: () => void;
  readonly #since = performance.now();
  readonly #aborted = new AbortController();
  #promised = false;

  constructor(description: Description, leave: () => void) {
    this.description = description;
    this.leave = leave;
  }

  get ageMs(): number {
    return Math.round(performance.now() - this.#since);
  }

  /** Aborts when the write must roll back. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Promises to commit: from here on nobody aborts it. @throws the reason, if it has been aborted */
  promise(): void {
    this.signal.throwIfAborted();
    this.#promised = true;
  }

  abort(reason: StillpointError): boolean {
    if (this.#promised || this.signal.aborted) return false;
    this.#aborted.abort(reason);
    return true;
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
