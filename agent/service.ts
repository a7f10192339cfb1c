// The agent as a gRPC service: each handler checks its request, calls the agent, and words the answer.
import type { AgentHandlers } from "../proto/gen/stillpoint/v1/Agent.ts";
import type { PieceInput } from "../proto/gen/stillpoint/v1/Piece.ts";
import { checkBackupId } from "../proto/names.ts";
import { type OnError, serverStream, unary } from "../proto/serve.ts";
import type { Agent } from "./agent.ts";
import { descriptionMessage, holdReportMessage, metaMessage, pieceMessage, snapshotMessage } from "./messages.ts";
import type { Meta } from "./meta.ts";
import { dumpOf, factsOf, lockOf, roundOf, roundOrNoneOf, runOf } from "./requests.ts";
import type { SealProgress } from "./seal.ts";

export interface AgentIdentity {
  serverId: string;
  dataDir: string;
  engine: string;
  version: string;
}

export function agentService(agent: Agent, identity: AgentIdentity, onError: OnError): AgentHandlers {
  return {
    ...serverHandlers(agent, identity, onError),
    ...pieceInTheMakingHandlers(agent, onError),
    ...committedPieceHandlers(agent, onError),
    ...restoreHandlers(agent, onError),
  };
}

/** The server itself: what it is doing, and its writes. */
function serverHandlers(agent: Agent, identity: AgentIdentity, onError: OnError) {
  return {
    Describe: unary(async ({ withFiles }, { signal }) => {
      const { serverId, dataDir, engine, version } = identity;
      const state = descriptionMessage(await agent.describe(withFiles, signal), agent.now);
      return { serverId, dataDir, engine, agentVersion: version, ...state };
    }, onError),

    Lock: unary((request, { signal }) => agent.lock(lockOf(request), signal), onError),

    Release: unary(
      async (request) => ({ hold: holdReportMessage(await agent.release(roundOrNoneOf(request))) }),
      onError,
    ),
  } satisfies Partial<AgentHandlers>;
}

/** From Prepare to Commit, or Abort. */
function pieceInTheMakingHandlers(agent: Agent, onError: OnError) {
  return {
    Prepare: serverStream(async function* ({ run }, { signal }) {
      let last = { passes: 0, linkedFiles: 0 };
      for await (const { passes, linkedFiles } of agent.prepare(runOf(run), signal)) {
        last = { passes, linkedFiles };
        yield last;
      }
      yield { ...last, done: true };
    }, onError),

    Snapshot: unary(
      async (request) => snapshotMessage(await agent.snapshot(roundOf(request), request.withoutHold)),
      onError,
    ),

    StoreDump: unary(async (request) => {
      const dump = dumpOf(request);
      await agent.storeDump(roundOrNoneOf(request), dump, request.sha256);
      return { bytes: dump.length };
    }, onError),

    Seal: serverStream(
      (request, { signal }) => withPiece(agent.seal(roundOrNoneOf(request), factsOf(request), signal)),
      onError,
    ),

    Commit: unary(async ({ run }) => {
      await agent.commit(runOf(run));
      return {};
    }, onError),

    Abort: unary(async (request) => ({ hold: holdReportMessage(await agent.abort(roundOrNoneOf(request))) }), onError),
  } satisfies Partial<AgentHandlers>;
}

function committedPieceHandlers(agent: Agent, onError: OnError) {
  return {
    ListPieces: unary(
      async ({ backupId }) => ({ pieces: (await agent.listPieces(backupId)).map(pieceMessage) }),
      onError,
    ),

    VerifyPiece: serverStream(async function* ({ backupId }, { signal }) {
      const { meta, problems } = yield* agent.verify(checkBackupId(backupId), signal);
      yield { doneBytes: meta.bytes, totalBytes: meta.bytes, problems, piece: metaMessage(meta) };
    }, onError),

    ReadDump: unary(async ({ backupId }) => ({ dump: await agent.readDump(checkBackupId(backupId)) }), onError),

    DeletePiece: unary(({ run }) => agent.deletePiece(runOf(run)), onError),
  } satisfies Partial<AgentHandlers>;
}

function restoreHandlers(agent: Agent, onError: OnError) {
  return {
    StageRestore: serverStream((request, { signal }) => {
      const { run, pieceServerId, dryRun, ignoreVersion } = request;
      return withPiece(agent.stageRestore({ ...runOf(run), pieceServerId, dryRun, ignoreVersion }, signal));
    }, onError),

    FlipRestore: unary(({ run }, { signal }) => agent.flipRestore(runOf(run), signal), onError),

    StartRestored: unary(
      async ({ run, undone }, { signal }) => ({ downMs: await agent.startRestored(runOf(run), undone, signal) }),
      onError,
    ),

    UndoRestore: unary(
      async ({ run }, { signal }) => ({ flippedBack: await agent.undoRestore(runOf(run), signal) }),
      onError,
    ),

    FinishRestore: unary(async ({ run }) => {
      await agent.finishRestore(runOf(run));
      return {};
    }, onError),
  } satisfies Partial<AgentHandlers>;
}

type PieceProgress = Partial<SealProgress> & { piece?: PieceInput };

/** The progress of long work, and at its end the piece. */
async function* withPiece(work: AsyncGenerator<SealProgress, Meta>): AsyncGenerator<PieceProgress> {
  const meta = yield* work;
  yield { doneBytes: meta.bytes, totalBytes: meta.bytes, piece: metaMessage(meta) };
}
