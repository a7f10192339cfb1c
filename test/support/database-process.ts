// A tiny database as a process of its own, seen from the test.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Answer, Question } from "./database-control.ts";

interface Pending {
  blocked: PromiseWithResolvers<void>;
  done: PromiseWithResolvers<unknown>;
}

export class DatabaseProcess {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** @param program a module beside this one that calls serveControl */
  static async start(program: string, ...args: string[]): Promise<DatabaseProcess> {
    const child = fork(new URL(program, import.meta.url), args, { execArgv: [] });
    const [first] = await Promise.race([once(child, "message"), once(child, "exit")]);
    if (first?.say !== "ready") throw new Error(`${program} exited with ${first}`);
    return new DatabaseProcess(child);
  }

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#exited = once(child, "exit");
    child.on("message", (answer: Answer) => this.#hear(answer));
    child.once("exit", () => this.#failAll());
  }

  ask(ask: Question["ask"], ...args: string[]): { blocked: Promise<void>; done: Promise<unknown> } {
    this.#lastId += 1;
    const pending = { blocked: Promise.withResolvers<void>(), done: Promise.withResolvers<unknown>() };
    pending.done.promise.catch(() => {}); // a test need not look at each write that it began
    this.#pending.set(this.#lastId, pending);
    const failed = (error: Error | null) => error && pending.done.reject(error);
    this.#process.send({ id: this.#lastId, ask, args } satisfies Question, failed);
    return { blocked: pending.blocked.promise, done: pending.done.promise };
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#exited;
  }

  #hear(answer: Answer): void {
    if (answer.say === "ready") return;
    const pending = this.#pending.get(answer.id);
    if (answer.say === "blocked") pending?.blocked.resolve();
    if (answer.say === "done") pending?.done.resolve(answer.value);
    if (answer.say === "failed") pending?.done.reject(new Error(answer.message));
    if (answer.say !== "blocked") this.#pending.delete(answer.id);
  }

  #failAll(): void {
    for (const { done } of this.#pending.values()) done.reject(new Error("the database was killed"));
    this.#pending.clear();
  }
}
