// The agent's side of exec-watchdog.ts: starts it, hears it, and does its work when it dies or falls silent.
import { type ChildProcess, fork } from "node:child_process";
import { StillpointError } from "../../proto/errors.ts";
import type { Job, Outcome, Report } from "./exec-watchdog.ts";
import { freeWrites, keepFreeing, longestFreeingMs } from "./free-writes.ts";
import { killedWithinMs, killGroup } from "./run-command.ts";
import { stopTimeoutMs } from "./stop-limits.ts";

/** To start, or to answer. A watchdog that takes longer is killed. */
const answersWithinMs = 10_000;

export class Watchdog {
  /** Whether the writes are held; false if it came to nothing. */
  readonly held: Promise<boolean>;
  /** Writes go again, or `stillStopped` says why they may not. Without `stop`: the watchdog died before it told. */
  readonly ended: Promise<Partial<Outcome>>;

  readonly #job: Job;
  readonly #process: ChildProcess;
  readonly #held = Promise.withResolvers<boolean>();
  readonly #lost = new AbortController();
  #state: "stopping" | "held" | "freeing" | "over" = "stopping";
  #asked: boolean = false;
  #stopGroupId: number | undefined;
  #outcome: Outcome | undefined;
  #problem = "";
  readonly #closed = new AbortController();
  #repeating: Promise<void> | undefined;
  #silence: NodeJS.Timeout | undefined;

  constructor(job: Job) {
    this.#job = job;
    this.#process = startProcess(job);
    this.#process.on("message", (report: Report) => this.#hear(report));
    this.#expectWithin(stopTimeoutMs(job.request) + killedWithinMs);
    this.held = this.#held.promise;
    this.ended = this.#end();
  }

  /** Aborts with hold-lost when held writes went on without letGo, or when nobody can say whether they did. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** What the resume command said last, and what to do; undefined when writes go, or are to be stopped. */
  get stillStopped(): string | undefined {
    if (this.#problem === "") return undefined;
    const { repeatEveryMs, request } = this.#job;
    const next = `it is run again every ${repeatEveryMs} ms, or run it by hand with STILLPOINT_LOCK_ID="${request.lockId}"`;
    return `writes may still be stopped: ${this.#problem}; ${next}`;
  }

  /** Lets writes go, also in the middle of stopping them. Repeatable. */
  letGo(): Promise<Partial<Outcome>> {
    if (!this.#asked && this.#state !== "over") {
      this.#process.send("resume", () => {}); // one that is dead does not get it; #end sees to that
      if (this.#state !== "freeing") this.#expectWithin(killedWithinMs);
    }
    this.#asked = true;
    return this.ended;
  }

  /** Lets writes go, and gives up what could not be freed. */
  async close(): Promise<void> {
    await this.letGo();
    this.#closed.abort();
    await this.#repeating;
  }

  #hear(report: Report): void {
    if (report.event === "stopping") this.#stopGroupId = report.groupId;
    if (report.event === "held") {
      this.#state = "held";
      this.#held.resolve(true);
      if (!this.#asked) this.#expectWithin(this.#job.request.holdMs);
    }
    if (report.event === "freeing") {
      if (this.#state === "held" && !this.#asked) this.#lose("the hold ended by itself");
      this.#state = "freeing";
      this.#expectWithin(longestFreeingMs(this.#job));
    }
    if (report.event === "not-freed") this.#note(report.problem);
    if (report.event === "ended") this.#outcome = report.outcome;
  }

  async #end(): Promise<Partial<Outcome>> {
    await new Promise((resolve) => this.#process.once("close", resolve).once("error", resolve));
    clearTimeout(this.#silence);
    const outcome = this.#outcome ?? (await this.#takeOver());
    if (!outcome.freed?.confirmed) this.#lose(outcome.freed?.problem || "the resume command did not confirm the stop");
    this.#note(outcome.freed?.problem ?? "");
    if (this.#problem !== "") this.#repeating = keepFreeing(this.#job, this.#note, this.#closed.signal);
    this.#state = "over";
    this.#held.resolve(false);
    return outcome;
  }

  async #takeOver(): Promise<Partial<Outcome>> {
    this.#lose("the watchdog of the exec engine died");
    if (this.#state === "stopping" && this.#stopGroupId !== undefined) killGroup(this.#stopGroupId);
    return { freed: { ...(await freeWrites(this.#job, this.#note)), confirmed: false } };
  }

  readonly #note = (problem: string): void => {
    this.#problem = problem;
  };

  #lose(why: string): void {
    this.#lost.abort(new StillpointError("hold-lost", `lock "${this.#job.request.lockId}": ${why}`));
  }

  #expectWithin(ms: number): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#process.kill("SIGKILL"), ms + answersWithinMs);
  }
}

function startProcess(job: Job): ChildProcess {
  const { PATH, HOME } = process.env;
  return fork(new URL("./exec-watchdog.ts", import.meta.url), [JSON.stringify(job)], {
    env: { PATH, HOME },
    execArgv: [],
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}
