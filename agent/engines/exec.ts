// The engine "exec": commands stop a server's writes and let them go. A watchdog process of its own (exec-watchdog.ts)
// runs them for each stop, so that writes go on when the agent is killed.
import { cancelledBy } from "../../proto/call.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { parseState, parseTransactions } from "./command-output.ts";
import type { Engine, EngineState, Resumed, StoppedWrites, StopRequest } from "./engine.ts";
import type { Outcome } from "./exec-watchdog.ts";
import { exitNothingStopped } from "./free-writes.ts";
import { type Command, commandFailed } from "./run-command.ts";
import { outputOf, type ServerCommands, type ServerLimits, startByCommand, stopByCommand } from "./server-commands.ts";
import { stopTimeoutMs } from "./stop-limits.ts";
import { Watchdog } from "./watchdog.ts";

/** Without stopServer and startServer, restores are refused. */
export interface ExecOptions extends ServerCommands {
  /**
   * Stops all writes. Exit code 0: they are stopped. 75: open writes did not end within STILLPOINT_WAIT_MS, nothing is
   * stopped, and each line of the output tells one of them. Anything else is an error, and resume is run, as it is when the
   * command has not ended a second after STILLPOINT_WAIT_MS, or when wait and hold are over.
   */
  stop: Command;
  /**
   * Lets writes go. Exit code 0: they were stopped until now. 75: nothing was stopped any more for STILLPOINT_LOCK_ID.
   * Anything else: it is run again, until it works.
   */
  resume: Command;
  /** Prints the version, or JSON `{version, openWrites}`. Any exit code but 0: not healthy. */
  inspect?: Command;
  flush?: Command;
  /** Aborts the open write transactions and prints how many. */
  abort?: Command;
  /** Longest time for each of inspect, resume, flush and abort. 30,000 by default. */
  commandTimeoutMs?: number;
  /** Longest time for each of stopServer, startServer, and the server to get healthy then. 120,000 by default. */
  serverTimeoutMs?: number;
  /** Pauses between the first tries of a resume command that fails. 100, 500 and 2,000 by default. */
  retryPausesMs?: readonly number[];
  /** How often it is run after those, while the agent lives. 5,000 by default. */
  repeatEveryMs?: number;
}

export function execEngine(options: ExecOptions): Engine {
  return new ExecEngine(options);
}

class ExecEngine implements Engine {
  readonly kind = "exec";
  readonly #options: ExecOptions;
  readonly #commandTimeoutMs: number;
  readonly #serverTimeoutMs: number;
  readonly #closed = new AbortController();
  #watchdog: Watchdog | undefined;

  constructor(options: ExecOptions) {
    this.#options = options;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 30_000;
    this.#serverTimeoutMs = options.serverTimeoutMs ?? 120_000;
  }

  get stillStopped(): string | undefined {
    return this.#watchdog?.stillStopped;
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    const state = await this.#inspectServer(signal);
    const { stillStopped } = this;
    return stillStopped === undefined ? state : { ...state, healthy: false, problem: stillStopped };
  }

  async #inspectServer(signal: AbortSignal): Promise<EngineState> {
    const unknown = { version: "", openWrites: undefined };
    if (this.#options.inspect === undefined) return { healthy: true, problem: "", ...unknown };
    try {
      const state = parseState(await this.#run(this.#options.inspect, signal));
      return { healthy: true, problem: "", ...state };
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      return { healthy: false, problem: messageOf(error), ...unknown };
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    if (this.#options.flush !== undefined) await this.#run(this.#options.flush, signal);
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    const giveUp = this.#untilClosed(signal);
    if (giveUp.aborted) throw cancelledBy(giveUp);
    if (this.stillStopped !== undefined) throw new StillpointError("unreachable", this.stillStopped);
    if (this.#watchdog?.isOver === false) {
      throw new StillpointError("held-by-another", "this agent has stopped the writes already");
    }
    const watchdog = this.#startWatchdog(request);
    this.#watchdog = watchdog;
    const letGo = () => void watchdog.letGo();
    giveUp.addEventListener("abort", letGo, { once: true });
    const held = await watchdog.held;
    giveUp.removeEventListener("abort", letGo);
    if (held && !giveUp.aborted) return new StoppedByCommand(watchdog);
    const outcome = await watchdog.letGo();
    throw giveUp.aborted ? cancelledBy(giveUp) : this.#refusal(request, outcome);
  }

  async abortTransactions(signal: AbortSignal): Promise<number> {
    if (this.#options.abort === undefined) return 0;
    return Number.parseInt(await this.#run(this.#options.abort, signal), 10) || 0;
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    await stopByCommand(this.#options, this.#serverLimits(signal));
  }

  async startServer(signal: AbortSignal): Promise<void> {
    await startByCommand(this.#options, (each) => this.#inspectServer(each), this.#serverLimits(signal));
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    await this.#watchdog?.close();
  }

  #startWatchdog(request: StopRequest): Watchdog {
    const { stop, resume, retryPausesMs = [100, 500, 2_000], repeatEveryMs = 5_000 } = this.#options;
    return new Watchdog({
      stop,
      resume,
      commandTimeoutMs: this.#commandTimeoutMs,
      retryPausesMs,
      repeatEveryMs,
      request,
    });
  }

  #refusal(request: StopRequest, { stop }: Partial<Outcome>): StillpointError {
    if (stop === undefined) return new StillpointError("unreachable", "the watchdog of the exec engine died");
    const failure = commandFailed(this.#options.stop, stop);
    if (stop.ended === "timed out") return new StillpointError("lock-busy", failure.message, tookTooLong(request));
    if (stop.ended !== exitNothingStopped) return failure;
    const blockers = parseTransactions(stop.stdout);
    return new StillpointError("lock-busy", `write transactions did not end within ${request.waitMs} ms`, { blockers });
  }

  #run(command: Command, signal: AbortSignal): Promise<string> {
    return outputOf(command, { timeoutMs: this.#commandTimeoutMs, signal: this.#untilClosed(signal) });
  }

  #serverLimits(signal: AbortSignal): ServerLimits {
    return { timeoutMs: this.#serverTimeoutMs, signal: this.#untilClosed(signal) };
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closed.signal]);
  }
}

/** A command that was killed names nobody: it is itself in the way. */
function tookTooLong(request: StopRequest) {
  const ageMs = stopTimeoutMs(request);
  const description = `the stop command did not end within ${ageMs} ms`;
  return { blockers: [{ id: "stop", ageMs, owner: "", description }] };
}

class StoppedByCommand implements StoppedWrites {
  readonly lost: AbortSignal;
  readonly #watchdog: Watchdog;

  constructor(watchdog: Watchdog) {
    this.#watchdog = watchdog;
    this.lost = watchdog.lost;
  }

  async resume(): Promise<Resumed> {
    await this.#watchdog.letGo();
    return { unbroken: !this.lost.aborted, longestBlockedWriteMs: 0 };
  }
}
