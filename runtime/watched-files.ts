// What files say, while they change. They are read again every second: where a mounted secret is renewed, links are replaced,
// and no notice of the system can be relied on. What cannot be used, such as a new certificate beside the old key, is told
// once, and what the files said before stays.
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

export interface WatchOptions<Value> {
  read: () => Promise<readonly Buffer[]>;
  /** Throws if what was read cannot be used. */
  parse: (contents: readonly Buffer[]) => Value;
  onChange: (value: Value) => void;
  /** The files cannot be used as they are now; told once for each problem. */
  onProblem: (problem: string) => void;
}

const everyMs = 1000;

export class WatchedFiles<Value> {
  readonly #options: WatchOptions<Value>;
  readonly #closed = new AbortController();
  #current: Value;
  /** Of what was parsed last. */
  #digest: string;
  #problem = "";
  readonly #watching: Promise<void>;

  /** @throws what `read` or `parse` throws */
  static async open<Value>(options: WatchOptions<Value>): Promise<WatchedFiles<Value>> {
    const contents = await options.read();
    return new WatchedFiles(options, options.parse(contents), digestOf(contents));
  }

  private constructor(options: WatchOptions<Value>, current: Value, digest: string) {
    this.#options = options;
    this.#current = current;
    this.#digest = digest;
    this.#watching = this.#watch(this.#closed.signal);
  }

  get current(): Value {
    return this.#current;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
  }

  async #watch(signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(everyMs, undefined, { signal, ref: false }).catch(() => {}); // the loop ends by the signal
      if (signal.aborted) return;
      await this.#look().then(
        () => this.#tell(""),
        (error: unknown) => this.#tell(error instanceof Error ? error.message : String(error)),
      );
    }
  }

  async #look(): Promise<void> {
    const contents = await this.#options.read();
    const digest = digestOf(contents);
    if (digest === this.#digest) return;
    this.#current = this.#options.parse(contents);
    this.#digest = digest;
    this.#options.onChange(this.#current);
  }

  #tell(problem: string): void {
    if (problem !== "" && problem !== this.#problem) this.#options.onProblem(problem);
    this.#problem = problem;
  }
}

/** With their lengths, so that no two sets of files have the same. */
function digestOf(contents: readonly Buffer[]): string {
  const hash = createHash("sha256");
  for (const each of contents) hash.update(`${each.length}\n`).update(each);
  return hash.digest("hex");
}
