// The child processes of one test, by name. The log of each is a file in the test's directory.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { Order, Report, Resources } from "./service-process.ts";

export class Processes {
  readonly #directory: string;
  readonly #children = new Map<string, ChildProcess>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** In the place of the one that had this name, which is killed. Arguments for Node itself come last. */
  async fork(name: string, script: URL, args: string[], execArgv: string[] = []): Promise<ChildProcess> {
    await this.kill(name);
    const child = fork(script, args, {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execPath: process.execPath,
      execArgv,
    });
    child.stderr?.pipe(createWriteStream(join(this.#directory, `${name}.log`), { flags: "a" }));
    this.#children.set(name, child);
    return child;
  }

  /** Resolves with the sign that the process has started. @throws Error if it ends before */
  async started(name: string, sign: Promise<unknown>): Promise<void> {
    const ended = this.ended(name).then(async () => {
      throw new Error(`${name} did not start: ${await readFile(join(this.#directory, `${name}.log`), "utf8")}`);
    });
    await Promise.race([sign, ended]);
  }

  pid(name: string): number {
    return this.#running(name)?.pid as number;
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#running(name)?.kill(signal);
  }

  async kill(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#running(name);
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Resolves when the process has ended by itself. */
  async ended(name: string): Promise<void> {
    const child = this.#running(name);
    if (child !== undefined) await once(child, "exit");
  }

  /** Resolves when the process has been stopped by a signal. */
  async stopped(name: string): Promise<void> {
    const isStopped = async () => / T /.test(await readFile(`/proc/${this.pid(name)}/stat`, "utf8"));
    await eventually(isStopped, 5000, `${name} was not stopped`);
  }

  /** Of an agent or a coordinator (service-process.ts). */
  async resources(name: string): Promise<Resources> {
    const child = this.#running(name);
    if (child === undefined) throw new Error(`${name} does not run`);
    const { promise, resolve } = Promise.withResolvers<Resources>();
    const listen = (report: Report) => ("heapBytes" in report ? resolve(report) : undefined);
    child.on("message", listen);
    child.send({ ask: "resources" } satisfies Order);
    return await promise.finally(() => child.off("message", listen));
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)));
  }

  #running(name: string): ChildProcess | undefined {
    const child = this.#children.get(name);
    return child === undefined || child.exitCode !== null || child.signalCode !== null ? undefined : child;
  }
}
