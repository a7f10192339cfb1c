// A process of the demo. What it writes goes to a file. It cannot outlive the demo: beside it a shell reads from a pipe
// whose other end only this process has, and kills the whole group when it comes to the end: also after a SIGKILL here.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { StillpointError } from "../../proto/errors.ts";

const leash = `
  exec 3<&0 </dev/null
  (read -r _ <&3; kill -s KILL -- "-$$") &
  exec "$@" 3<&-`;

const listensWithinMs = 20_000;
const lookEveryMs = 25;
const graceMs = 10_000;

export class DemoProcess {
  readonly #name: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  /** @param log the file for what it writes */
  constructor(name: string, command: readonly string[], log: string) {
    const output = openSync(log, "w");
    this.#name = name;
    this.#log = log;
    this.#child = spawn("/bin/sh", ["-c", leash, name, ...command], {
      stdio: ["pipe", output, output],
      env: ownEnvironment(),
      detached: true, // a group of its own: Ctrl-C is the demo's alone, and all of the group can be killed
    });
    closeSync(output);
    this.#ended = once(this.#child, "exit");
  }

  /** Where it listens: the first address that it writes in a line of JSON. @throws StillpointError internal */
  async address(signal: AbortSignal): Promise<string> {
    const giveUpAt = performance.now() + listensWithinMs;
    for (;;) {
      const address = addressIn(await readFile(this.#log, "utf8"));
      if (address !== undefined) return address;
      if (this.#hasEnded) throw this.#failure("has ended at once");
      if (performance.now() > giveUpAt) throw this.#failure(`does not listen after ${listensWithinMs} ms`);
      await pause(lookEveryMs, undefined, { signal });
    }
  }

  /** Asks it to end, and kills what is left of its group. */
  async end(): Promise<void> {
    if (!this.#hasEnded) {
      this.#child.kill("SIGTERM");
      const tooLate = setTimeout(() => this.#killGroup(), graceMs);
      await this.#ended;
      clearTimeout(tooLate);
    }
    this.#killGroup();
  }

  #failure(problem: string): StillpointError {
    return new StillpointError("internal", `${this.#name} ${problem}`, { hint: `its last words are in ${this.#log}` });
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #killGroup(): void {
    try {
      process.kill(-(this.#child.pid as number), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // else nothing is left of it
    }
  }
}

/** Without variables that would change the services' configuration. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("STILLPOINT_")));
}

function addressIn(log: string): string | undefined {
  const whole = log.split("\n").slice(0, -1);
  for (const line of whole.filter((each) => each.startsWith("{"))) {
    const { address } = JSON.parse(line) as { address?: unknown };
    if (typeof address === "string") return address;
  }
  return undefined;
}
