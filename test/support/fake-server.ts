// A database server as a restore sees it: it runs or not, on some data. Behaves as the contract's five calls say.
import { StillpointError } from "../../proto/errors.ts";

export class FakeServer {
  /** "today", or the id of the backup whose data it has. */
  data = "today";
  runs = true;
  /** The restore that was neither finished nor undone. */
  pending: { backupId: string; flipped: boolean } | undefined;
  #replaced = "today";
  readonly #onChange: () => void;

  /** `onChange` is told after each start, stop and exchange of data. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  stage(backupId: string): void {
    this.undo();
    this.pending = { backupId, flipped: false };
  }

  flip(backupId: string): void {
    if (this.pending?.backupId !== backupId) throw new StillpointError("not-found", "nothing is staged");
    if (this.pending.flipped) return;
    this.#replaced = this.data;
    this.#become({ runs: false, data: backupId });
    this.pending.flipped = true;
  }

  start(undone: boolean): void {
    if (undone === (this.pending?.flipped ?? false)) throw new StillpointError("not-found", "other data is in place");
    this.#become({ runs: true });
  }

  /** Whether the server is stopped now, on the data that it had before. */
  undo(): boolean {
    if (this.pending?.flipped) this.#become({ runs: false, data: this.#replaced });
    this.pending = undefined;
    return !this.runs;
  }

  finish(): void {
    this.pending = undefined;
  }

  #become(state: Partial<Pick<FakeServer, "runs" | "data">>): void {
    Object.assign(this, state);
    this.#onChange();
  }
}
