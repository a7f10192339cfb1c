// Carries calls of a coordinator to an agent's real handlers, each message as it comes off the wire. The answer may be lost
// after the effect; a call may arrive late, twice, or not at all; the caller learns of it by a reset, a silent peer or its
// own time limit, as gRPC would tell it.
import type { EventEmitter } from "node:events";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { AgentTransport, Method } from "../../coordinator/agent-client.ts";
import { type CallLimits, cancelledBy } from "../../proto/call.ts";
import { StillpointError } from "../../proto/errors.ts";
import { fromStatus, type toStatus } from "../../proto/wire.ts";
import type { AgentHost } from "./agents.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

type Status = ReturnType<typeof toStatus>;
type AnyMethod = Method<unknown, unknown> & { responseSerialize: (message: never) => Buffer };

/** After so long without a sign of life the connection is given up: keep-alive pings find a silent peer. */
const silenceMs = 15_000;
const resetShare = 0.6;

export function simulatedTransport(world: World, caller: Process, host: AgentHost): AgentTransport {
  return {
    call: async (method, request, limits) => {
      const call = new OutgoingCall(world, caller, host, method as unknown as AnyMethod, request, limits);
      for await (const message of call.messages()) return message as never;
      throw new StillpointError("internal", `${limits.peer} ended its answer early`);
    },
    stream: (method, request, limits) => {
      const call = new OutgoingCall(world, caller, host, method as unknown as AnyMethod, request, limits);
      return call.messages() as never;
    },
  };
}

class OutgoingCall {
  readonly #world: World;
  readonly #caller: Process;
  readonly #host: AgentHost;
  readonly #method: AnyMethod;
  readonly #limits: CallLimits;
  readonly #name: string;
  readonly #request: Buffer;
  readonly #received: unknown[] = [];
  #outcome: { error?: unknown } | undefined;
  #wake = Promise.withResolvers<void>();
  /** The call at the other end, as far as it has come. */
  #incoming: EventEmitter | undefined;
  readonly #forget: (() => void)[] = [];

  constructor(world: World, caller: Process, host: AgentHost, method: AnyMethod, request: unknown, limits: CallLimits) {
    this.#world = world;
    this.#caller = caller;
    this.#host = host;
    this.#method = method;
    this.#limits = limits;
    this.#name = method.path.slice(method.path.lastIndexOf("/") + 1);
    this.#request = method.requestSerialize(request as never);
  }

  async *messages(): AsyncGenerator<unknown> {
    const { signal, timeoutMs } = this.#limits;
    if (signal?.aborted) throw cancelledBy(signal);
    const request = this.#method.requestDeserialize(this.#request);
    this.#world.oracle.runs.onCall(this.#caller, this.#host.serverId, this.#name, request);
    const cancel = () => this.#settle(cancelledBy(signal as AbortSignal));
    signal?.addEventListener("abort", cancel, { once: true });
    const deadline = this.#caller.after(timeoutMs, () => this.#fail(status.DEADLINE_EXCEEDED, "no answer in time"));
    try {
      await this.#caller.perform(`call ${this.#name} ${this.#host.serverId}`, () => this.#send());
      for (;;) {
        while (this.#received.length > 0) yield this.#received.shift();
        if (this.#outcome !== undefined) break;
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      }
      if (this.#outcome.error !== undefined) throw this.#outcome.error;
    } finally {
      deadline.cancelled = true;
      signal?.removeEventListener("abort", cancel);
      this.#settle(undefined);
      for (const forget of this.#forget) forget();
      this.#cancelThere();
    }
  }

  #send(): void {
    this.#world.trace(() => `${this.#caller.name} calls ${this.#name} of ${this.#host.serverId}`);
    if (this.#outcome !== undefined) return;
    this.#deliver();
    const echoMs = this.#world.network.echoMs();
    if (echoMs !== undefined) this.#deliverAgain(echoMs);
    this.#watchPeer();
  }

  #deliver(): void {
    const { process } = this.#host;
    if (process === undefined) {
      this.#caller.after(1, () => this.#fail(status.UNAVAILABLE, "connection refused"));
      return;
    }
    const isReset = () => this.#caller.after(1, () => this.#fail(status.UNAVAILABLE, "connection reset"));
    this.#forget.push(process.onDeath(isReset));
    const arrive = () => {
      this.#arrive(process, true);
      if (this.#outcome !== undefined) this.#cancelThere();
    };
    const arrived = this.#world.network.send(this.#caller.name, this.#host.name, process, arrive);
    if (!arrived) this.#breakConnection();
  }

  /** To whichever agent runs by then, also one that was started anew. It has its effects; its answer is dropped. */
  #deliverAgain(afterMs: number): void {
    this.#world.scheduler.after(afterMs, undefined, () => {
      const { process } = this.#host;
      if (process?.state !== "running") return;
      this.#world.trace(() => `${this.#name} of ${this.#caller.name} comes to ${this.#host.serverId} again`);
      this.#arrive(process, false);
    });
  }

  #arrive(process: Process, isFirst: boolean): void {
    const messages: Buffer[] = [];
    const answer = (error?: Status) => {
      if (!isFirst) return;
      const isThere = this.#world.network.send(this.#host.name, this.#caller.name, this.#caller, () => {
        for (const bytes of messages) this.#receive(this.#method.responseDeserialize(bytes));
        if (error === undefined) this.#settle(undefined);
        else this.#refused(error);
      });
      if (isThere) return;
      this.#world.coverage.hit("network: answer lost after the effect");
      this.#breakConnection();
    };
    const write = (message: unknown) => messages.push(this.#method.responseSerialize(message as never));
    const request = this.#method.requestDeserialize(this.#request);
    const incoming = this.#host.serve({ method: this.#name, request, peer: this.#caller.name, write, answer });
    const cancel = () => incoming.emit("cancelled");
    process.after(this.#limits.timeoutMs, cancel);
    this.#caller.onDeath(() => process.after(2, cancel));
    if (isFirst) this.#incoming = incoming;
  }

  #receive(message: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#received.push(message);
    this.#wake.resolve();
  }

  #refused(error: Status): void {
    this.#settle(fromStatus(serviceError(error), this.#limits.peer));
  }

  #fail(code: status, details: string): void {
    this.#refused({ code, details, metadata: new Metadata() });
  }

  #settle(error: unknown): void {
    this.#outcome ??= error === undefined ? {} : { error };
    this.#wake.resolve();
  }

  /** The end of the call is told to the other side, if it can be. */
  #cancelThere(): void {
    const incoming = this.#incoming;
    const { process } = this.#host;
    if (incoming === undefined || process === undefined || !this.#caller.isAlive) return;
    this.#world.network.send(this.#caller.name, this.#host.name, process, () => incoming.emit("cancelled"));
  }

  /** What is lost breaks the connection, which is seen at once or when the peer has been silent for too long. */
  #breakConnection(): void {
    const isSeen = this.#world.networkChance.chance.chance(resetShare);
    this.#caller.after(isSeen ? 5 : silenceMs, () => this.#fail(status.UNAVAILABLE, "connection reset"));
  }

  #watchPeer(silentMs = 0): void {
    const everyMs = silenceMs / 3;
    this.#caller.afterPlain(everyMs, () => {
      if (this.#outcome !== undefined) return;
      const { process } = this.#host;
      const isLive = process !== undefined && this.#world.network.isLive(this.#caller.name, this.#host.name, process);
      const silent = isLive ? 0 : silentMs + everyMs;
      if (silent >= silenceMs) this.#caller.after(0, () => this.#fail(status.UNAVAILABLE, "the peer is silent"));
      else this.#watchPeer(silent);
    });
  }
}

function serviceError(error: Status): ServiceError {
  return Object.assign(new Error(error.details), error);
}
