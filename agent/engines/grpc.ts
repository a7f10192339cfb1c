// The engine "grpc": a database server that serves engine.proto on a local socket. A stop is bound to its stream, so that
// writes go on when this process or the connection dies.
import { credentials } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import { callUnary, cancelledBy } from "../../proto/call.ts";
import { Engine as EngineService } from "../../proto/engine-contract.ts";
import { messageOf, StillpointError } from "../../proto/errors.ts";
import { isLoopback, parseAddress } from "../../runtime/address.ts";
import type { Engine, EngineState, StoppedWrites, StopRequest } from "./engine.ts";
import { type ServerCommands, type ServerLimits, startByCommand, stopByCommand } from "./server-commands.ts";
import { type EngineServer, StopStream } from "./stop-stream.ts";

/** stopServer and startServer, if set, are used for a restore instead of CloseDatabase and OpenDatabase. */
export interface GrpcOptions extends ServerCommands {
  /** "unix:/path", or "host:port" of this machine: the connection is neither encrypted nor authenticated. */
  address: string;
  /** Longest time for an answer, beside the waiting that was asked for. 5,000 by default. */
  callTimeoutMs?: number;
  /** Longest time for flush, and to stop and start the server. 120,000 by default. */
  serverTimeoutMs?: number;
}

type Method<Input, Output> = MethodDefinition<Input, object, object, Output>;

const { service } = EngineService;
/** A server that was restarted is found again at once, and no proxy stands between us and this machine. */
const localChannel = {
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  "grpc.enable_http_proxy": 0,
};

export function grpcEngine(options: GrpcOptions): Engine {
  return new GrpcEngine(options);
}

class GrpcEngine implements Engine {
  readonly kind = "grpc";
  readonly #options: GrpcOptions;
  readonly #server: EngineServer;
  readonly #serverTimeoutMs: number;
  readonly #closed = new AbortController();
  #stop: StopStream | undefined;

  constructor(options: GrpcOptions) {
    const { address, callTimeoutMs = 5_000, serverTimeoutMs = 120_000 } = options;
    if (!isLocal(address)) throw notLocal(address);
    const client = new EngineService(address, credentials.createInsecure(), localChannel);
    this.#options = options;
    this.#server = { client, peer: `database server at ${address}`, callTimeoutMs };
    this.#serverTimeoutMs = serverTimeoutMs;
  }

  async inspect(signal: AbortSignal): Promise<EngineState> {
    try {
      const { version, open, openWrites } = await this.#call(service.Inspect, {}, signal);
      const problem = open ? "" : this.#isClosed;
      return { healthy: open, problem, version, openWrites };
    } catch (error) {
      if (signal.aborted) throw cancelledBy(signal);
      return { healthy: false, problem: messageOf(error), version: "", openWrites: undefined };
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#call(service.Flush, {}, signal, this.#serverTimeoutMs);
  }

  async stopWrites(request: StopRequest, signal: AbortSignal): Promise<StoppedWrites> {
    const giveUp = this.#untilClosed(signal);
    if (giveUp.aborted) throw cancelledBy(giveUp);
    if (this.#stop?.isOver === false) {
      throw new StillpointError("held-by-another", "this agent has stopped the writes already");
    }
    const stop = new StopStream(this.#server, request);
    this.#stop = stop;
    await stop.stopped(giveUp);
    return stop;
  }

  async abortTransactions(signal: AbortSignal): Promise<number> {
    const { aborted } = await this.#call(service.AbortTransactions, { ids: [] }, signal);
    return aborted;
  }

  async stopServer(signal: AbortSignal): Promise<void> {
    if (this.#hasCommands()) await stopByCommand(this.#options, this.#serverLimits(signal));
    else await this.#call(service.CloseDatabase, {}, signal, this.#serverTimeoutMs);
  }

  async startServer(signal: AbortSignal): Promise<void> {
    if (this.#hasCommands()) {
      await startByCommand(this.#options, (each) => this.inspect(each), this.#serverLimits(signal));
    } else {
      await this.#call(service.OpenDatabase, {}, signal, this.#serverTimeoutMs);
      const { open } = await this.#call(service.Inspect, {}, signal); // one that died just now is unreachable, its files are no worse
      if (!open) throw new StillpointError("corrupt", this.#isClosed);
    }
  }

  get #isClosed(): string {
    return `${this.#server.peer}: the database is closed`;
  }

  async close(): Promise<void> {
    this.#closed.abort(new StillpointError("cancelled", "the engine was closed"));
    if (this.#stop?.isOver === false) await this.#stop.resume();
    this.#server.client.close();
  }

  #hasCommands(): boolean {
    return this.#options.stopServer !== undefined || this.#options.startServer !== undefined;
  }

  #serverLimits(signal: AbortSignal): ServerLimits {
    return { timeoutMs: this.#serverTimeoutMs, signal: this.#untilClosed(signal) };
  }

  #call<Input, Output>(
    method: Method<Input, Output>,
    request: Input,
    signal: AbortSignal,
    timeoutMs = this.#server.callTimeoutMs,
  ): Promise<Output> {
    const { client, peer } = this.#server;
    return callUnary(client, method, request, { timeoutMs, signal: this.#untilClosed(signal), peer });
  }

  #untilClosed(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#closed.signal]);
  }
}

function isLocal(address: string): boolean {
  try {
    return address.startsWith("unix:/") || isLoopback(parseAddress(address));
  } catch {
    return false;
  }
}

function notLocal(address: string): StillpointError {
  return new StillpointError("invalid", `engine address "${address}" is not on this machine`, {
    hint: 'use "unix:/path/of/socket" or "127.0.0.1:port": the agent stands beside its server',
  });
}
