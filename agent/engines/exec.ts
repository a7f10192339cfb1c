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
import { Watchdog } from "./watchdog.ts";

/** Without stopServer and startServer, restores are refused. */
export interface ExecOptions extends ServerCommands {
  /**
   * Stops all writes. Exit code 0: they are stopped. 75: open writes did not end within STILLPOINT_WAIT_MS, nothing is
   * stopped, and each line of the output tells one of them. Anything else is an error, and resume is run.
   */
  stop: Command;
  /**
   * Lets writes go. Exit code 0: they were stopped until now. 75: nothing was stopped any more for STILLPOINT_LOCK_ID.
   * Anything else: it is run again.
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
  /** Pauses between the tries of a resume command that fails. */
  retryPausesMs?: readonly number[];
}

/** The time that the stop command itself may take, beside its waiting for open writes. */
const stopOverheadMs = 1_000;

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

  async inspect(signal: AbortSignal): Promise<EngineState> {
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
    await startByCommand(this.#options, (each) => this.inspect(each), this.#serverLimits(signal));
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    await this.#watchdog?.letGo();
  }

  #startWatchdog(request: StopRequest): Watchdog {
    const { stop, resume, retryPausesMs = [100, 500, 2_000, 5_000] } = this.#options;
    const stopTimeoutMs = request.waitMs + stopOverheadMs;
    return new Watchdog({
      stop,
      stopTimeoutMs,
      resume,
      commandTimeoutMs: this.#commandTimeoutMs,
      retryPausesMs,
      request,
    });
  }

  #refusal({ waitMs }: StopRequest, { stop }: Partial<Outcome>): StillpointError {
    if (stop === undefined) return new StillpointError("unreachable", "the watchdog of the exec engine died");
    const failure = commandFailed(this.#options.stop, stop);
    if (stop.ended === "timed out") return new StillpointError("lock-busy", failure.message);
    if (stop.ended !== exitNothingStopped) return failure;
    const blockers = parseTransactions(stop.stdout);
    return new StillpointError("lock-busy", `write transactions did not end within ${waitMs} ms`, { blockers });
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
