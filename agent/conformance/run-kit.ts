// The conformance kit: looks at all cases on an engine and the real server that it is for, one after the other. What does not
// hold does not keep the others from being looked at, unless writes do not go on any more: then the server needs a person.
import { hasReason, messageOf } from "../../proto/errors.ts";
import { Attempt, writesGo } from "./attempt.ts";
import { Broken, type Case, type Finding, noSignal, type Pace, type Subject } from "./case.ts";
import { deathCases } from "./death-cases.ts";
import { measurePace } from "./pace.ts";
import { pieceCases } from "./piece-cases.ts";
import { type Stall, stallCase } from "./stall.ts";
import { stopCases } from "./stop-cases.ts";

export interface CaseResult {
  name: string;
  says: string;
  outcome: "holds" | "warning" | "broken" | "skipped";
  /** What was seen, or why it was skipped. */
  found: string;
  tookMs: number;
}

export interface KitOptions {
  /** The server may be stopped and its data exchanged, and put back. */
  mayRestore: boolean;
  /** For the measurement of the stall. */
  stops: number;
  /** Told each result as it comes. */
  onResult: (result: CaseResult) => void;
  /** Ends the run after the case that is being looked at. */
  signal: AbortSignal;
}

export interface Verdict {
  /** As inspect says it. */
  version: string;
  results: CaseResult[];
  stall: Stall | undefined;
  /** Writes did not go on after a case: somebody must see to the server. */
  writesStopped: boolean;
}

const inspects = { name: "inspect", says: "inspect says that the server is healthy, and its version" };
const writes = { name: "write", says: "a write is acknowledged and counted" };
const cases: readonly Case[] = [...stopCases, ...deathCases, ...pieceCases, stallCase];

export function runKit(subject: Subject, options: KitOptions): Promise<Verdict> {
  return new Kit(subject, options).run();
}

class Kit {
  readonly #subject: Subject;
  readonly #options: KitOptions;
  readonly #verdict: Verdict = { version: "", results: [], stall: undefined, writesStopped: false };
  /** Unknown until a write has worked. */
  #pace: Pace | undefined;

  constructor(subject: Subject, options: KitOptions) {
    this.#subject = subject;
    this.#options = options;
  }

  async run(): Promise<Verdict> {
    const isHealthy = await this.#look(inspects, () => this.#inspect());
    if (isHealthy) await this.#look(writes, () => this.#write());
    for (const each of cases) {
      const why = this.#whyNot(each);
      if (why === undefined) await this.#lookAt(each);
      else this.#tell(each, "skipped", why);
    }
    return this.#verdict;
  }

  #whyNot({ skip }: Case): string | undefined {
    if (this.#options.signal.aborted) return "the run was ended";
    if (this.#pace === undefined) return "first of all the server must be healthy and take writes";
    if (this.#verdict.writesStopped) return "writes are still stopped";
    return skip?.({ subject: this.#subject, mayRestore: this.#options.mayRestore });
  }

  async #inspect(): Promise<Finding> {
    const engine = this.#subject.newEngine();
    try {
      const { healthy, problem, version } = await engine.inspect(noSignal);
      if (!healthy) throw new Broken(problem);
      this.#verdict.version = version;
      if (version !== "") return { found: version };
      return {
        found: "it tells no version, so that no restore can see whether the server reads the backup",
        warning: true,
      };
    } finally {
      await engine.close();
    }
  }

  async #write(): Promise<Finding> {
    const { pace, found } = await measurePace(this.#subject.probe);
    this.#pace = pace;
    return { found };
  }

  async #lookAt(each: Case): Promise<void> {
    const { mayRestore, stops } = this.#options;
    const pace = this.#pace as Pace;
    await this.#look(each, () => each.run({ subject: this.#subject, pace, mayRestore, stops }));
    await this.#writesMustGo(each, pace);
  }

  /** Returns whether it holds. */
  async #look(each: Pick<Case, "name" | "says">, run: () => Promise<Finding>): Promise<boolean> {
    const beganAt = performance.now();
    try {
      const { found, warning = false, stall } = await run();
      this.#verdict.stall ??= stall;
      this.#tell(each, warning ? "warning" : "holds", found, performance.now() - beganAt);
      return true;
    } catch (error) {
      this.#tell(each, "broken", textOf(error), performance.now() - beganAt);
      return false;
    }
  }

  /** What a case left stopped ends with its hold, or never. */
  async #writesMustGo({ name }: Case, { longHoldMs, graceMs }: Pace): Promise<void> {
    const { probe } = this.#subject;
    try {
      await writesGo(probe, new Attempt(probe), performance.now() + longHoldMs + graceMs);
    } catch (error) {
      this.#verdict.writesStopped = true;
      this.#tell({ name: `after-${name}`, says: "writes go on after that" }, "broken", textOf(error));
    }
  }

  #tell({ name, says }: Pick<Case, "name" | "says">, outcome: CaseResult["outcome"], found: string, tookMs = 0): void {
    const result = { name, says, outcome, found, tookMs };
    this.#verdict.results.push(result);
    this.#options.onResult(result);
  }
}

function textOf(error: unknown): string {
  const text = messageOf(error);
  return hasReason(error, "invalid") && error.hint !== "" ? `${text} (${error.hint})` : text;
}
