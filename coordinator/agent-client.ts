// The port to an agent, over gRPC. One channel for each address, kept also when the Plan does not name it any more: a run
// may still have to let that server go. A channel that nobody uses closes its connection by itself.
import { createHash } from "node:crypto";
import type { MethodDefinition } from "@grpc/proto-loader";
import { Agent } from "../proto/agent-contract.ts";
import { type CallLimits, callStream, callUnary } from "../proto/call.ts";
import { hasReason, StillpointError } from "../proto/errors.ts";
import type { Piece } from "../proto/gen/stillpoint/v1/Piece.ts";
import { clientOptions } from "../proto/load.ts";
import { type ChannelSecurity, channelTo, isInTheOpen } from "../runtime/channel.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { ServerAddress } from "./plan.ts";
import type { AgentPort, LockOptions, OnProgress, Run, SealFacts, SnapshotOptions, StageOptions } from "./ports.ts";

const contract = Agent.service;

/** Calls that only look or change little. */
const shortMs = 5_000;
/** On top of the wait that the request itself asks for, so that the agent's "busy" comes before our time-out. */
const graceMs = 2_000;
/** For a piece to be read or written whole; progress shows that it lives. */
const longMs = 24 * 3_600_000;
/** For a database server to stop or start. */
const serverMs = 180_000;
/** Pauses between the tries of a call that may be repeated. The channel tries to connect more often than that. */
const insistAfterMs = [100, 300, 800];
const insistWithinMs = 2_000;
const forever = new AbortController().signal;

/** Connections to agents by address. */
export class AgentClients {
  readonly #security: ChannelSecurity;
  readonly #clients = new Map<string, InstanceType<typeof Agent>>();

  constructor(security: ChannelSecurity = {}) {
    this.#security = security;
  }

  /** @throws StillpointError invalid, if one of them could only be reached in plain text over a network */
  readonly connect = (servers: ServerAddress[]): AgentPort[] => {
    const inTheOpen = servers.find(({ agent }) => isInTheOpen(agent, this.#security));
    if (inTheOpen !== undefined) throw plainText(inTheOpen);
    return servers.map(({ id, agent }) => new AgentClient(id, agent, overGrpc(this.#clientOf(agent)), systemClock));
  };

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientOf(address: string): InstanceType<typeof Agent> {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const { credentials, options } = channelTo(address, this.#security);
    const client = new Agent(address, credentials, { ...clientOptions, ...options });
    this.#clients.set(address, client);
    return client;
  }
}

/** Carries calls to one agent. What fails on the way is a StillpointError. */
export interface AgentTransport {
  call<Input, Output>(method: Method<Input, Output>, request: Input, limits: CallLimits): Promise<Output>;
  /** Leaving the loop early cancels the call. */
  stream<Input, Output>(method: Method<Input, Output>, request: Input, limits: CallLimits): AsyncIterable<Output>;
}

export function overGrpc(client: InstanceType<typeof Agent>): AgentTransport {
  return {
    call: (method, request, limits) => callUnary(client, method, request, limits),
    stream: (method, request, limits) => callStream(client, method, request, limits),
  };
}

export class AgentClient implements AgentPort {
  readonly serverId: string;
  readonly address: string;
  readonly #transport: AgentTransport;
  readonly #clock: Clock;

  constructor(serverId: string, address: string, transport: AgentTransport, clock: Clock) {
    this.serverId = serverId;
    this.address = address;
    this.#transport = transport;
    this.#clock = clock;
  }

  describe(withFiles: boolean, signal: AbortSignal) {
    return this.#insist(() => this.#call(contract.Describe, { withFiles }, withFiles ? serverMs : shortMs, signal));
  }

  async prepare(run: Run, signal: AbortSignal) {
    let linkedFiles = 0;
    for await (const progress of this.#stream(contract.Prepare, { run: ref(run) }, signal)) {
      linkedFiles = progress.linkedFiles;
    }
    return { linkedFiles };
  }

  lock(run: Run, options: LockOptions, signal: AbortSignal) {
    return this.#call(contract.Lock, { run: ref(run), ...options }, options.waitMs + graceMs, signal);
  }

  snapshot(run: Run, { round, withoutHold, withinMs }: SnapshotOptions, signal: AbortSignal) {
    return this.#call(contract.Snapshot, { run: ref(run), round, withoutHold }, withinMs + graceMs, signal);
  }

  async release(run: Run, round: number) {
    const request = { run: ref(run), round };
    return (await this.#insist(() => this.#call(contract.Release, request, shortMs))).hold;
  }

  async storeDump(run: Run, round: number, dump: Buffer, signal: AbortSignal) {
    const sha256 = createHash("sha256").update(dump).digest("hex");
    await this.#call(contract.StoreDump, { run: ref(run), round, dump, sha256 }, serverMs, signal);
  }

  seal(run: Run, facts: SealFacts, onProgress: OnProgress, signal: AbortSignal) {
    return this.#untilPiece(contract.Seal, { run: ref(run), ...facts }, onProgress, signal);
  }

  async commit(run: Run, signal: AbortSignal) {
    await this.#insist(() => this.#call(contract.Commit, { run: ref(run) }, serverMs, signal));
  }

  async abort(run: Run, round: number) {
    await this.#insist(() => this.#call(contract.Abort, { run: ref(run), round }, serverMs));
  }

  async listPieces(backupId: string, signal: AbortSignal) {
    return (await this.#insist(() => this.#call(contract.ListPieces, { backupId }, shortMs, signal))).pieces;
  }

  async verifyPiece(backupId: string, onProgress: OnProgress, signal: AbortSignal) {
    for await (const message of this.#stream(contract.VerifyPiece, { backupId }, signal)) {
      const { doneBytes, totalBytes, problems, piece } = message;
      onProgress(doneBytes, totalBytes);
      if (piece !== null) return { piece, problems };
    }
    throw this.#endedEarly();
  }

  async readDump(backupId: string, signal: AbortSignal) {
    return (await this.#call(contract.ReadDump, { backupId }, serverMs, signal)).dump;
  }

  deletePiece(run: Run, signal: AbortSignal) {
    return this.#call(contract.DeletePiece, { run: ref(run) }, serverMs, signal);
  }

  stageRestore(run: Run, options: StageOptions, onProgress: OnProgress, signal: AbortSignal) {
    return this.#untilPiece(contract.StageRestore, { run: ref(run), ...options }, onProgress, signal);
  }

  flipRestore(run: Run, signal: AbortSignal) {
    return this.#call(contract.FlipRestore, { run: ref(run) }, serverMs, signal);
  }

  startRestored(run: Run, { undone }: { undone: boolean }) {
    return this.#call(contract.StartRestored, { run: ref(run), undone }, serverMs);
  }

  undoRestore(run: Run) {
    return this.#insist(() => this.#call(contract.UndoRestore, { run: ref(run) }, serverMs));
  }

  async finishRestore(run: Run) {
    await this.#insist(() => this.#call(contract.FinishRestore, { run: ref(run) }, serverMs));
  }

  get #peer(): string {
    return `agent at "${this.address}"`;
  }

  #call<Input, Output>(method: Method<Input, Output>, request: Input, timeoutMs: number, signal?: AbortSignal) {
    return this.#transport.call(method, request, { timeoutMs, signal, peer: this.#peer });
  }

  #stream<Input, Output>(method: Method<Input, Output>, request: Input, signal: AbortSignal) {
    return this.#transport.stream(method, request, { timeoutMs: longMs, signal, peer: this.#peer });
  }

  /** Work that streams its progress and ends with the piece. */
  async #untilPiece<Input>(
    method: Method<Input, { doneBytes: number; totalBytes: number; piece: Piece | null }>,
    request: Input,
    onProgress: OnProgress,
    signal: AbortSignal,
  ): Promise<Piece> {
    for await (const { doneBytes, totalBytes, piece } of this.#stream(method, request, signal)) {
      onProgress(doneBytes, totalBytes);
      if (piece !== null) return piece;
    }
    throw this.#endedEarly();
  }

  /** Calls that may be repeated are, while an agent that was restarted comes up again. One that hangs is not asked twice. */
  async #insist<Value>(call: () => Promise<Value>): Promise<Value> {
    const startedAt = this.#clock.now();
    for (const pauseMs of insistAfterMs) {
      try {
        return await call();
      } catch (error) {
        if (!hasReason(error, "unreachable") || this.#clock.now() - startedAt > insistWithinMs) throw error;
        await this.#clock.sleep(pauseMs, forever);
      }
    }
    return await call();
  }

  #endedEarly(): StillpointError {
    return new StillpointError("internal", `${this.#peer} ended its answer early`);
  }
}

function plainText({ id, agent }: ServerAddress): StillpointError {
  return new StillpointError("invalid", `server "${id}": plain text must not go to its agent at "${agent}"`, {
    hint: "give the coordinator tls: {ca, cert, key}, or insecure: true to go without",
  });
}

/** A method as the generated code has it. */
export type Method<Input, Output> = MethodDefinition<Input, object, object, Output>;

function ref({ backupId, token }: Run): Run {
  return { backupId, token };
}
