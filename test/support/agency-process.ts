// A process of its own that opens the agency and does what it is told; for tests that stop or kill it.
// Run as a program it is that process: a command a line on stdin, an answer in JSON a line on stdout.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Claim } from "../../coordinator/agency/agency.ts";
import { type AgencyConfig, openAgency } from "../../coordinator/agency/open-agency.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";

export interface Answer {
  token?: number;
  reason?: string;
  message?: string;
  /** Whether the claim's signal had been aborted when the command came. */
  lost?: boolean;
}

export class AgencyProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(config: AgencyConfig) {
    const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(config)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async ask(command: "claim" | "record" | "release"): Promise<Answer> {
    this.#child.stdin?.write(`${command}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the process ended instead of answering "${command}"`);
    return JSON.parse(value);
  }

  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

async function serve(config: AgencyConfig): Promise<void> {
  const agency = await openAgency(config);
  const forever = new AbortController().signal;
  const holder = `process ${process.pid}`;
  let claim: Claim | undefined;
  const commands: Record<string, () => Promise<unknown>> = {
    claim: async () => {
      claim = await agency.claim({ holder, backupId: "backup", purpose: "create" }, forever);
    },
    record: async () => await claim?.record(holder, "{}"),
    release: async () => await claim?.release(),
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const lost = claim?.signal.aborted ?? false;
    const answer: Answer = await (commands[line] as () => Promise<unknown>)().then(
      () => ({ lost, ...(claim === undefined ? {} : { token: claim.token }) }),
      (error: unknown) => ({
        lost,
        reason: error instanceof StillpointError ? error.reason : "",
        message: messageOf(error),
      }),
    );
    console.log(JSON.stringify(answer));
  }
  await agency.close();
}

if (import.meta.main) await serve(JSON.parse(process.argv[2] ?? ""));
