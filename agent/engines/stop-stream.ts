// One stop over the stream of StopWrites. Its first message is the answer. From then on silence means that writes are
// held, and anything else (a message, the end, an error) that they are not.
import { type ServiceError, status } from "@grpc/grpc-js";
import { callStream, callUnary, cancelledBy } from "../../proto/call.ts";
import { Engine } from "../../proto/engine-contract.ts";
import { hasReason, messageOf, StillpointError } from "../../proto/errors.ts";
import type { EngineClient } from "../../proto/gen/stillpoint/v1/Engine.ts";
import type { StopWritesResponse } from "../../proto/gen/stillpoint/v1/StopWritesResponse.ts";
import type { Resumed, StoppedWrites, StopRequest } from "./engine.ts";

export interface EngineServer {
  client: EngineClient;
  /** For messages. */
  peer: string;
  /** How long an answer may take, beside what the request itself asks to wait. */
  callTimeoutMs: number;
}

export class StopStream implements StoppedWrites {
  readonly #server: EngineServer;
  readonly #request: StopRequest;
  readonly #cancel = new AbortController();
  readonly #lost = new AbortController();
  readonly #events: AsyncGenerator<StopWritesResponse, void>;
  #watching: Promise<void> | undefined;
  #resumed: Promise<Resumed> | undefined;
  #isOver: boolean = false;

  constructor(server: EngineServer, request: StopRequest) {
    this.#server = server;
    this.#request = request;
    const timeoutMs = request.waitMs + request.holdMs + 2 * server.callTimeoutMs;
    const limits = { timeoutMs, signal: this.#cancel.signal, peer: server.peer };
    this.#events = callStream(server.client, Engine.service.StopWrites, request, limits);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits until writes are stopped. @throws StillpointError if they are not; then the stream has ended. */
  async stopped(signal: AbortSignal): Promise<void> {
    const cancel = () => this.#cancel.abort(cancelledBy(signal));
    const timer = setTimeout(
      () => this.#cancel.abort(this.#noAnswer()),
      this.#request.waitMs + this.#server.callTimeoutMs,
    );
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const answer = await this.#next();
      this.#cancel.signal.throwIfAborted();
      if (answer?.event !== "stopped") throw this.#refusal(answer);
      this.#watching = this.#watch();
    } catch (error) {
      await this.#end();
      throw heldByAnother(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    }
  }

  resume(): Promise<Resumed> {
    this.#resumed ??= this.#resume();
    return this.#resumed;
  }

  async #resume(): Promise<Resumed> {
    const { client, callTimeoutMs: timeoutMs, peer } = this.#server;
    const { lockId } = this.#request;
    let longestBlockedWriteMs = 0;
    try {
      const answer = await callUnary(client, Engine.service.ResumeWrites, { lockId }, { timeoutMs, peer });
      if (!answer.unbroken) this.#lose("the server says that writes went on before they were let go");
      longestBlockedWriteMs = answer.longestBlockedWriteMs;
    } catch (error) {
      this.#lose(messageOf(error));
    }
    await this.#end();
    return { unbroken: !this.lost.aborted, longestBlockedWriteMs };
  }

  async #watch(): Promise<void> {
    try {
      const event = await this.#next();
      if (event !== undefined) this.#lose(event.event === "expired" ? "the hold ran out" : "the server sent nonsense");
      else if (this.#resumed === undefined) this.#lose("the server ended the stop");
    } catch (error) {
      if (this.#resumed === undefined) this.#lose(messageOf(error));
    }
    this.#cancel.abort();
    this.#isOver = true;
  }

  /** Undefined when the server has ended the stream. */
  async #next(): Promise<StopWritesResponse | undefined> {
    const { value } = await this.#events.next();
    return value ?? undefined;
  }

  /** Writes go on at the latest when the server sees the end of the stream. */
  async #end(): Promise<void> {
    this.#cancel.abort();
    await this.#watching;
    await this.#events.return();
    this.#isOver = true;
  }

  #lose(why: string): void {
    this.#lost.abort(new StillpointError("hold-lost", `${this.#server.peer}: lock "${this.#request.lockId}": ${why}`));
  }

  #noAnswer(): StillpointError {
    const { peer, callTimeoutMs } = this.#server;
    return new StillpointError("unreachable", `${peer} does not answer StopWrites (${callTimeoutMs} ms over its wait)`);
  }

  #refusal(answer: StopWritesResponse | undefined): StillpointError {
    const { peer } = this.#server;
    if (answer?.event !== "busy") {
      const said = answer === undefined ? "the end of the stream" : (answer.event ?? "an unknown event");
      const hint = "its implementation of engine.proto is wrong, or newer than this agent";
      return new StillpointError("internal", `${peer} answered StopWrites with ${said}`, { hint });
    }
    const blockers = answer.busy?.blockers ?? [];
    const message = `${peer}: write transactions did not end within ${this.#request.waitMs} ms`;
    return new StillpointError("lock-busy", message, { blockers });
  }
}

/** engine.proto asks for FAILED_PRECONDITION; a server of one's own need not know our error details. */
function heldByAnother(error: unknown): unknown {
  if (!hasReason(error, "internal") || (error.cause as ServiceError | undefined)?.code !== status.FAILED_PRECONDITION) {
    return error;
  }
  return new StillpointError("held-by-another", error.message, { cause: error });
}
