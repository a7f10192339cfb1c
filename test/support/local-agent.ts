// The port to an agent in this process.
import type { Client } from "@grpc/grpc-js";
import type { MethodDefinition } from "@grpc/proto-loader";
import type { SealProgress } from "../../agent/seal.ts";
import type {
  AgentPort,
  LockOptions,
  OnProgress,
  Run,
  SealFacts,
  SnapshotOptions,
  StageOptions,
} from "../../coordinator/ports.ts";
import { Agent } from "../../proto/agent-contract.ts";
import { callStream, callUnary } from "../../proto/call.ts";
import { sha256Of } from "./test-agent.ts";

const contract = Agent.service;
const limits = { timeoutMs: 60_000, peer: "the agent" };

export class LocalAgent implements AgentPort {
  readonly serverId = "db1";
  readonly address = "local";
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  describe(withFiles: boolean, signal: AbortSignal) {
    return this.#call(contract.Describe, { withFiles }, signal);
  }

  async prepare(run: Run, signal: AbortSignal) {
    const { linkedFiles } = await this.#lastOf(contract.Prepare, { run }, signal);
    return { linkedFiles };
  }

  lock(run: Run, options: LockOptions, signal: AbortSignal) {
    return this.#call(contract.Lock, { run, ...options }, signal);
  }

  snapshot(run: Run, { round, withoutHold }: SnapshotOptions, signal: AbortSignal) {
    return this.#call(contract.Snapshot, { run, round, withoutHold }, signal);
  }

  async release(run: Run, round: number) {
    return (await this.#call(contract.Release, { run, round })).hold;
  }

  async storeDump(run: Run, round: number, dump: Buffer, signal: AbortSignal) {
    await this.#call(contract.StoreDump, { run, round, dump, sha256: sha256Of(dump) }, signal);
  }

  async seal(run: Run, facts: SealFacts, onProgress: OnProgress, signal: AbortSignal) {
    return withPiece(await this.#lastOf(contract.Seal, { run, ...facts }, signal, onProgress)).piece;
  }

  async commit(run: Run, signal: AbortSignal) {
    await this.#call(contract.Commit, { run }, signal);
  }

  async abort(run: Run, round: number) {
    await this.#call(contract.Abort, { run, round });
  }

  async listPieces(backupId: string, signal: AbortSignal) {
    return (await this.#call(contract.ListPieces, { backupId }, signal)).pieces;
  }

  async verifyPiece(backupId: string, onProgress: OnProgress, signal: AbortSignal) {
    const { piece, problems } = withPiece(await this.#lastOf(contract.VerifyPiece, { backupId }, signal, onProgress));
    return { piece, problems };
  }

  async readDump(backupId: string, signal: AbortSignal) {
    return (await this.#call(contract.ReadDump, { backupId }, signal)).dump;
  }

  deletePiece(run: Run, signal: AbortSignal) {
    return this.#call(contract.DeletePiece, { run }, signal);
  }

  async stageRestore(run: Run, options: StageOptions, onProgress: OnProgress, signal: AbortSignal) {
    return withPiece(await this.#lastOf(contract.StageRestore, { run, ...options }, signal, onProgress)).piece;
  }

  flipRestore(run: Run, signal: AbortSignal) {
    return this.#call(contract.FlipRestore, { run }, signal);
  }

  startRestored(run: Run, { undone }: { undone: boolean }) {
    return this.#call(contract.StartRestored, { run, undone });
  }

  undoRestore(run: Run) {
    return this.#call(contract.UndoRestore, { run });
  }

  async finishRestore(run: Run) {
    await this.#call(contract.FinishRestore, { run });
  }

  #call<Input, Output>(method: Method<Input, Output>, request: Input, signal?: AbortSignal): Promise<Output> {
    return callUnary(this.#client, method, request, { ...limits, signal });
  }

  async #lastOf<Input, Output extends object>(
    method: Method<Input, Output>,
    request: Input,
    signal: AbortSignal,
    onProgress: OnProgress = () => {},
  ): Promise<Output> {
    let last: Output | undefined;
    for await (const message of callStream(this.#client, method, request, { ...limits, signal })) {
      const { doneBytes = 0, totalBytes = 0 } = message as Partial<SealProgress>;
      onProgress(doneBytes, totalBytes);
      last = message;
    }
    if (last === undefined) throw new Error("the agent ended its answer without a message");
    return last;
  }
}

type Method<Input, Output> = MethodDefinition<Input, object, object, Output>;

function withPiece<Message extends { piece: object | null }>(message: Message) {
  if (message.piece === null) throw new Error("the last message has no piece");
  return message as Message & { piece: NonNullable<Message["piece"]> };
}
