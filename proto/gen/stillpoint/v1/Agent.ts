// Original file: proto/stillpoint/v1/agent.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AbortRequestInput as _stillpoint_v1_AbortRequestInput, AbortRequest as _stillpoint_v1_AbortRequest } from '../../stillpoint/v1/AbortRequest.ts';
import type { AbortResponseInput as _stillpoint_v1_AbortResponseInput, AbortResponse as _stillpoint_v1_AbortResponse } from '../../stillpoint/v1/AbortResponse.ts';
import type { CommitRequestInput as _stillpoint_v1_CommitRequestInput, CommitRequest as _stillpoint_v1_CommitRequest } from '../../stillpoint/v1/CommitRequest.ts';
import type { CommitResponseInput as _stillpoint_v1_CommitResponseInput, CommitResponse as _stillpoint_v1_CommitResponse } from '../../stillpoint/v1/CommitResponse.ts';
import type { DeletePieceRequestInput as _stillpoint_v1_DeletePieceRequestInput, DeletePieceRequest as _stillpoint_v1_DeletePieceRequest } from '../../stillpoint/v1/DeletePieceRequest.ts';
import type { DeletePieceResponseInput as _stillpoint_v1_DeletePieceResponseInput, DeletePieceResponse as _stillpoint_v1_DeletePieceResponse } from '../../stillpoint/v1/DeletePieceResponse.ts';
import type { DescribeRequestInput as _stillpoint_v1_DescribeRequestInput, DescribeRequest as _stillpoint_v1_DescribeRequest } from '../../stillpoint/v1/DescribeRequest.ts';
import type { DescribeResponseInput as _stillpoint_v1_DescribeResponseInput, DescribeResponse as _stillpoint_v1_DescribeResponse } from '../../stillpoint/v1/DescribeResponse.ts';
import type { FinishRestoreRequestInput as _stillpoint_v1_FinishRestoreRequestInput, FinishRestoreRequest as _stillpoint_v1_FinishRestoreRequest } from '../../stillpoint/v1/FinishRestoreRequest.ts';
import type { FinishRestoreResponseInput as _stillpoint_v1_FinishRestoreResponseInput, FinishRestoreResponse as _stillpoint_v1_FinishRestoreResponse } from '../../stillpoint/v1/FinishRestoreResponse.ts';
import type { FlipRestoreRequestInput as _stillpoint_v1_FlipRestoreRequestInput, FlipRestoreRequest as _stillpoint_v1_FlipRestoreRequest } from '../../stillpoint/v1/FlipRestoreRequest.ts';
import type { FlipRestoreResponseInput as _stillpoint_v1_FlipRestoreResponseInput, FlipRestoreResponse as _stillpoint_v1_FlipRestoreResponse } from '../../stillpoint/v1/FlipRestoreResponse.ts';
import type { ListPiecesRequestInput as _stillpoint_v1_ListPiecesRequestInput, ListPiecesRequest as _stillpoint_v1_ListPiecesRequest } from '../../stillpoint/v1/ListPiecesRequest.ts';
import type { ListPiecesResponseInput as _stillpoint_v1_ListPiecesResponseInput, ListPiecesResponse as _stillpoint_v1_ListPiecesResponse } from '../../stillpoint/v1/ListPiecesResponse.ts';
import type { LockRequestInput as _stillpoint_v1_LockRequestInput, LockRequest as _stillpoint_v1_LockRequest } from '../../stillpoint/v1/LockRequest.ts';
import type { LockResponseInput as _stillpoint_v1_LockResponseInput, LockResponse as _stillpoint_v1_LockResponse } from '../../stillpoint/v1/LockResponse.ts';
import type { PrepareRequestInput as _stillpoint_v1_PrepareRequestInput, PrepareRequest as _stillpoint_v1_PrepareRequest } from '../../stillpoint/v1/PrepareRequest.ts';
import type { PrepareResponseInput as _stillpoint_v1_PrepareResponseInput, PrepareResponse as _stillpoint_v1_PrepareResponse } from '../../stillpoint/v1/PrepareResponse.ts';
import type { ReadDumpRequestInput as _stillpoint_v1_ReadDumpRequestInput, ReadDumpRequest as _stillpoint_v1_ReadDumpRequest } from '../../stillpoint/v1/ReadDumpRequest.ts';
import type { ReadDumpResponseInput as _stillpoint_v1_ReadDumpResponseInput, ReadDumpResponse as _stillpoint_v1_ReadDumpResponse } from '../../stillpoint/v1/ReadDumpResponse.ts';
import type { ReleaseRequestInput as _stillpoint_v1_ReleaseRequestInput, ReleaseRequest as _stillpoint_v1_ReleaseRequest } from '../../stillpoint/v1/ReleaseRequest.ts';
import type { ReleaseResponseInput as _stillpoint_v1_ReleaseResponseInput, ReleaseResponse as _stillpoint_v1_ReleaseResponse } from '../../stillpoint/v1/ReleaseResponse.ts';
import type { SealRequestInput as _stillpoint_v1_SealRequestInput, SealRequest as _stillpoint_v1_SealRequest } from '../../stillpoint/v1/SealRequest.ts';
import type { SealResponseInput as _stillpoint_v1_SealResponseInput, SealResponse as _stillpoint_v1_SealResponse } from '../../stillpoint/v1/SealResponse.ts';
import type { SnapshotRequestInput as _stillpoint_v1_SnapshotRequestInput, SnapshotRequest as _stillpoint_v1_SnapshotRequest } from '../../stillpoint/v1/SnapshotRequest.ts';
import type { SnapshotResponseInput as _stillpoint_v1_SnapshotResponseInput, SnapshotResponse as _stillpoint_v1_SnapshotResponse } from '../../stillpoint/v1/SnapshotResponse.ts';
import type { StageRestoreRequestInput as _stillpoint_v1_StageRestoreRequestInput, StageRestoreRequest as _stillpoint_v1_StageRestoreRequest } from '../../stillpoint/v1/StageRestoreRequest.ts';
import type { StageRestoreResponseInput as _stillpoint_v1_StageRestoreResponseInput, StageRestoreResponse as _stillpoint_v1_StageRestoreResponse } from '../../stillpoint/v1/StageRestoreResponse.ts';
import type { StartRestoredRequestInput as _stillpoint_v1_StartRestoredRequestInput, StartRestoredRequest as _stillpoint_v1_StartRestoredRequest } from '../../stillpoint/v1/StartRestoredRequest.ts';
import type { StartRestoredResponseInput as _stillpoint_v1_StartRestoredResponseInput, StartRestoredResponse as _stillpoint_v1_StartRestoredResponse } from '../../stillpoint/v1/StartRestoredResponse.ts';
import type { StoreDumpRequestInput as _stillpoint_v1_StoreDumpRequestInput, StoreDumpRequest as _stillpoint_v1_StoreDumpRequest } from '../../stillpoint/v1/StoreDumpRequest.ts';
import type { StoreDumpResponseInput as _stillpoint_v1_StoreDumpResponseInput, StoreDumpResponse as _stillpoint_v1_StoreDumpResponse } from '../../stillpoint/v1/StoreDumpResponse.ts';
import type { UndoRestoreRequestInput as _stillpoint_v1_UndoRestoreRequestInput, UndoRestoreRequest as _stillpoint_v1_UndoRestoreRequest } from '../../stillpoint/v1/UndoRestoreRequest.ts';
import type { UndoRestoreResponseInput as _stillpoint_v1_UndoRestoreResponseInput, UndoRestoreResponse as _stillpoint_v1_UndoRestoreResponse } from '../../stillpoint/v1/UndoRestoreResponse.ts';
import type { VerifyPieceRequestInput as _stillpoint_v1_VerifyPieceRequestInput, VerifyPieceRequest as _stillpoint_v1_VerifyPieceRequest } from '../../stillpoint/v1/VerifyPieceRequest.ts';
import type { VerifyPieceResponseInput as _stillpoint_v1_VerifyPieceResponseInput, VerifyPieceResponse as _stillpoint_v1_VerifyPieceResponse } from '../../stillpoint/v1/VerifyPieceResponse.ts';

/**
 * Agent stops the writes of its server for one backup, links the server's files and keeps them as a piece.
 * 
 * Every call of a run carries a RunRef. An agent refuses (stale-round) what comes with a token smaller than the
 * largest it has seen, and a Lock for a round that is over. Durations are milliseconds of the agent's monotonic clock.
 */
export interface AgentClient extends grpc.Client {
  /**
   * Abort lets writes go and removes the piece that is not committed, by its full id. Repeat: yes, always OK.
   * A later run aborts what an older one left, with its own token. Lost answer: ask again.
   */
  Abort(argument: _stillpoint_v1_AbortRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  Abort(argument: _stillpoint_v1_AbortRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  Abort(argument: _stillpoint_v1_AbortRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  Abort(argument: _stillpoint_v1_AbortRequestInput, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  /**
   * Abort lets writes go and removes the piece that is not committed, by its full id. Repeat: yes, always OK.
   * A later run aborts what an older one left, with its own token. Lost answer: ask again.
   */
  abort(argument: _stillpoint_v1_AbortRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  abort(argument: _stillpoint_v1_AbortRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  abort(argument: _stillpoint_v1_AbortRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  abort(argument: _stillpoint_v1_AbortRequestInput, callback: grpc.requestCallback<_stillpoint_v1_AbortResponse>): grpc.ClientUnaryCall;
  
  /**
   * Commit renames the sealed piece into place; from then on it is listed. Repeat: yes. Lost answer: ask again.
   */
  Commit(argument: _stillpoint_v1_CommitRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  Commit(argument: _stillpoint_v1_CommitRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  Commit(argument: _stillpoint_v1_CommitRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  Commit(argument: _stillpoint_v1_CommitRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  /**
   * Commit renames the sealed piece into place; from then on it is listed. Repeat: yes. Lost answer: ask again.
   */
  commit(argument: _stillpoint_v1_CommitRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  commit(argument: _stillpoint_v1_CommitRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  commit(argument: _stillpoint_v1_CommitRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  commit(argument: _stillpoint_v1_CommitRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CommitResponse>): grpc.ClientUnaryCall;
  
  /**
   * DeletePiece removes a committed piece. Repeat: yes, OK when it is gone. Lost answer: ask again.
   */
  DeletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  DeletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  DeletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  DeletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  /**
   * DeletePiece removes a committed piece. Repeat: yes, OK when it is gone. Lost answer: ask again.
   */
  deletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  deletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  deletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  deletePiece(argument: _stillpoint_v1_DeletePieceRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DeletePieceResponse>): grpc.ClientUnaryCall;
  
  /**
   * Describe tells the server's state: engine, versions, space, open write transactions, hold and pieces.
   * Repeat: yes. Lost answer: nothing changed.
   */
  Describe(argument: _stillpoint_v1_DescribeRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  Describe(argument: _stillpoint_v1_DescribeRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  Describe(argument: _stillpoint_v1_DescribeRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  Describe(argument: _stillpoint_v1_DescribeRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  /**
   * Describe tells the server's state: engine, versions, space, open write transactions, hold and pieces.
   * Repeat: yes. Lost answer: nothing changed.
   */
  describe(argument: _stillpoint_v1_DescribeRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  describe(argument: _stillpoint_v1_DescribeRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  describe(argument: _stillpoint_v1_DescribeRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  describe(argument: _stillpoint_v1_DescribeRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DescribeResponse>): grpc.ClientUnaryCall;
  
  /**
   * FinishRestore ends a restore that was flipped: the old data stays in .failsafe, UndoRestore does nothing any more.
   * Repeat: yes. Lost answer: ask again.
   */
  FinishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  FinishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  FinishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  FinishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  /**
   * FinishRestore ends a restore that was flipped: the old data stays in .failsafe, UndoRestore does nothing any more.
   * Repeat: yes. Lost answer: ask again.
   */
  finishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  finishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  finishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  finishRestore(argument: _stillpoint_v1_FinishRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FinishRestoreResponse>): grpc.ClientUnaryCall;
  
  /**
   * FlipRestore stops the server, moves its data to .failsafe and the staged data into place. The server stays stopped
   * until StartRestored, so that no server works on new data while another still works on old.
   * Repeat: yes, once flipped it answers the same. Repeated with a larger token it takes the restore over: the run that
   * began it is refused from then on. Lost answer: ask again, or UndoRestore.
   */
  FlipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  FlipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  FlipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  FlipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  /**
   * FlipRestore stops the server, moves its data to .failsafe and the staged data into place. The server stays stopped
   * until StartRestored, so that no server works on new data while another still works on old.
   * Repeat: yes, once flipped it answers the same. Repeated with a larger token it takes the restore over: the run that
   * began it is refused from then on. Lost answer: ask again, or UndoRestore.
   */
  flipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  flipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  flipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  flipRestore(argument: _stillpoint_v1_FlipRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FlipRestoreResponse>): grpc.ClientUnaryCall;
  
  /**
   * ListPieces lists the committed pieces. Repeat: yes. Lost answer: nothing changed.
   */
  ListPieces(argument: _stillpoint_v1_ListPiecesRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  ListPieces(argument: _stillpoint_v1_ListPiecesRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  ListPieces(argument: _stillpoint_v1_ListPiecesRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  ListPieces(argument: _stillpoint_v1_ListPiecesRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  /**
   * ListPieces lists the committed pieces. Repeat: yes. Lost answer: nothing changed.
   */
  listPieces(argument: _stillpoint_v1_ListPiecesRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  listPieces(argument: _stillpoint_v1_ListPiecesRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  listPieces(argument: _stillpoint_v1_ListPiecesRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  listPieces(argument: _stillpoint_v1_ListPiecesRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ListPiecesResponse>): grpc.ClientUnaryCall;
  
  /**
   * Lock stops all writes within wait_ms and then holds them for at most hold_ms.
   * Repeat: the same round gets the same answer. Lost answer: the hold ends by itself, or by Release.
   * The end of the call ends the waiting for the lock, never a lock that is held.
   */
  Lock(argument: _stillpoint_v1_LockRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  Lock(argument: _stillpoint_v1_LockRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  Lock(argument: _stillpoint_v1_LockRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  Lock(argument: _stillpoint_v1_LockRequestInput, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  /**
   * Lock stops all writes within wait_ms and then holds them for at most hold_ms.
   * Repeat: the same round gets the same answer. Lost answer: the hold ends by itself, or by Release.
   * The end of the call ends the waiting for the lock, never a lock that is held.
   */
  lock(argument: _stillpoint_v1_LockRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  lock(argument: _stillpoint_v1_LockRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  lock(argument: _stillpoint_v1_LockRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  lock(argument: _stillpoint_v1_LockRequestInput, callback: grpc.requestCallback<_stillpoint_v1_LockResponse>): grpc.ClientUnaryCall;
  
  /**
   * Prepare makes the staging directory and links every file that can be linked, without any lock; streams its progress.
   * It removes what runs with a smaller token have left uncommitted. Repeat: yes, it goes on where it was; after the cut it
   * does nothing.
   * Lost answer: the links stay until the same run goes on, Abort, or a Prepare with a larger token.
   */
  Prepare(argument: _stillpoint_v1_PrepareRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_PrepareResponse>;
  Prepare(argument: _stillpoint_v1_PrepareRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_PrepareResponse>;
  /**
   * Prepare makes the staging directory and links every file that can be linked, without any lock; streams its progress.
   * It removes what runs with a smaller token have left uncommitted. Repeat: yes, it goes on where it was; after the cut it
   * does nothing.
   * Lost answer: the links stay until the same run goes on, Abort, or a Prepare with a larger token.
   */
  prepare(argument: _stillpoint_v1_PrepareRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_PrepareResponse>;
  prepare(argument: _stillpoint_v1_PrepareRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_PrepareResponse>;
  
  /**
   * ReadDump gives the Plan's dump out of a committed piece. Repeat: yes. Lost answer: nothing changed.
   */
  ReadDump(argument: _stillpoint_v1_ReadDumpRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  ReadDump(argument: _stillpoint_v1_ReadDumpRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  ReadDump(argument: _stillpoint_v1_ReadDumpRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  ReadDump(argument: _stillpoint_v1_ReadDumpRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  /**
   * ReadDump gives the Plan's dump out of a committed piece. Repeat: yes. Lost answer: nothing changed.
   */
  readDump(argument: _stillpoint_v1_ReadDumpRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  readDump(argument: _stillpoint_v1_ReadDumpRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  readDump(argument: _stillpoint_v1_ReadDumpRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  readDump(argument: _stillpoint_v1_ReadDumpRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ReadDumpResponse>): grpc.ClientUnaryCall;
  
  /**
   * Release lets writes go, ends every round up to its own, and says how long writes were held.
   * Repeat: yes, always OK, also where nothing is held. Lost answer: the writes go on all the same.
   */
  Release(argument: _stillpoint_v1_ReleaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  Release(argument: _stillpoint_v1_ReleaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  Release(argument: _stillpoint_v1_ReleaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  Release(argument: _stillpoint_v1_ReleaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  /**
   * Release lets writes go, ends every round up to its own, and says how long writes were held.
   * Repeat: yes, always OK, also where nothing is held. Lost answer: the writes go on all the same.
   */
  release(argument: _stillpoint_v1_ReleaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  release(argument: _stillpoint_v1_ReleaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  release(argument: _stillpoint_v1_ReleaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  release(argument: _stillpoint_v1_ReleaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ReleaseResponse>): grpc.ClientUnaryCall;
  
  /**
   * Seal makes the piece durable: private copies, fsync, checksums, META; streams its progress.
   * Repeat: yes, it goes on where it was. Lost answer: the piece stays uncommitted.
   */
  Seal(argument: _stillpoint_v1_SealRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_SealResponse>;
  Seal(argument: _stillpoint_v1_SealRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_SealResponse>;
  /**
   * Seal makes the piece durable: private copies, fsync, checksums, META; streams its progress.
   * Repeat: yes, it goes on where it was. Lost answer: the piece stays uncommitted.
   */
  seal(argument: _stillpoint_v1_SealRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_SealResponse>;
  seal(argument: _stillpoint_v1_SealRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_SealResponse>;
  
  /**
   * Snapshot makes the cut under the very hold that Lock gave in this round, then lets writes go at once.
   * Repeat: the same answer. Lost answer: the piece stays uncommitted and the writes go on.
   */
  Snapshot(argument: _stillpoint_v1_SnapshotRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  Snapshot(argument: _stillpoint_v1_SnapshotRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  Snapshot(argument: _stillpoint_v1_SnapshotRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  Snapshot(argument: _stillpoint_v1_SnapshotRequestInput, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  /**
   * Snapshot makes the cut under the very hold that Lock gave in this round, then lets writes go at once.
   * Repeat: the same answer. Lost answer: the piece stays uncommitted and the writes go on.
   */
  snapshot(argument: _stillpoint_v1_SnapshotRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  snapshot(argument: _stillpoint_v1_SnapshotRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  snapshot(argument: _stillpoint_v1_SnapshotRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  snapshot(argument: _stillpoint_v1_SnapshotRequestInput, callback: grpc.requestCallback<_stillpoint_v1_SnapshotResponse>): grpc.ClientUnaryCall;
  
  /**
   * StageRestore checks a piece and builds the new data directory beside the old one; streams its progress.
   * The server goes on working. Repeat: yes, it starts over, but after the flip it is refused (stale-round).
   * Lost answer: the staged data stays until UndoRestore.
   */
  StageRestore(argument: _stillpoint_v1_StageRestoreRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StageRestoreResponse>;
  StageRestore(argument: _stillpoint_v1_StageRestoreRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StageRestoreResponse>;
  /**
   * StageRestore checks a piece and builds the new data directory beside the old one; streams its progress.
   * The server goes on working. Repeat: yes, it starts over, but after the flip it is refused (stale-round).
   * Lost answer: the staged data stays until UndoRestore.
   */
  stageRestore(argument: _stillpoint_v1_StageRestoreRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StageRestoreResponse>;
  stageRestore(argument: _stillpoint_v1_StageRestoreRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StageRestoreResponse>;
  
  /**
   * StartRestored starts the server on the backup's data after FlipRestore, or on its old data after UndoRestore, and
   * checks it. NOT_FOUND if the data in place is not what the caller takes it for.
   * Repeat: yes, OK when it runs. Lost answer: ask again, or UndoRestore.
   */
  StartRestored(argument: _stillpoint_v1_StartRestoredRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  StartRestored(argument: _stillpoint_v1_StartRestoredRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  StartRestored(argument: _stillpoint_v1_StartRestoredRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  StartRestored(argument: _stillpoint_v1_StartRestoredRequestInput, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  /**
   * StartRestored starts the server on the backup's data after FlipRestore, or on its old data after UndoRestore, and
   * checks it. NOT_FOUND if the data in place is not what the caller takes it for.
   * Repeat: yes, OK when it runs. Lost answer: ask again, or UndoRestore.
   */
  startRestored(argument: _stillpoint_v1_StartRestoredRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  startRestored(argument: _stillpoint_v1_StartRestoredRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  startRestored(argument: _stillpoint_v1_StartRestoredRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  startRestored(argument: _stillpoint_v1_StartRestoredRequestInput, callback: grpc.requestCallback<_stillpoint_v1_StartRestoredResponse>): grpc.ClientUnaryCall;
  
  /**
   * StoreDump puts the Plan's dump into the piece. Repeat: yes. Lost answer: the piece stays uncommitted.
   */
  StoreDump(argument: _stillpoint_v1_StoreDumpRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  StoreDump(argument: _stillpoint_v1_StoreDumpRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  StoreDump(argument: _stillpoint_v1_StoreDumpRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  StoreDump(argument: _stillpoint_v1_StoreDumpRequestInput, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  /**
   * StoreDump puts the Plan's dump into the piece. Repeat: yes. Lost answer: the piece stays uncommitted.
   */
  storeDump(argument: _stillpoint_v1_StoreDumpRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  storeDump(argument: _stillpoint_v1_StoreDumpRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  storeDump(argument: _stillpoint_v1_StoreDumpRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  storeDump(argument: _stillpoint_v1_StoreDumpRequestInput, callback: grpc.requestCallback<_stillpoint_v1_StoreDumpResponse>): grpc.ClientUnaryCall;
  
  /**
   * UndoRestore removes staged data; after a flip it stops the server and puts the old data back, and the server stays
   * stopped until StartRestored. Repeat: yes, always OK. Lost answer: ask again.
   */
  UndoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  UndoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  UndoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  UndoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  /**
   * UndoRestore removes staged data; after a flip it stops the server and puts the old data back, and the server stays
   * stopped until StartRestored. Repeat: yes, always OK. Lost answer: ask again.
   */
  undoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  undoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  undoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  undoRestore(argument: _stillpoint_v1_UndoRestoreRequestInput, callback: grpc.requestCallback<_stillpoint_v1_UndoRestoreResponse>): grpc.ClientUnaryCall;
  
  /**
   * VerifyPiece reads a committed piece and compares sizes, checksums and META; streams its progress.
   * Repeat: yes. Lost answer: nothing changed.
   */
  VerifyPiece(argument: _stillpoint_v1_VerifyPieceRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyPieceResponse>;
  VerifyPiece(argument: _stillpoint_v1_VerifyPieceRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyPieceResponse>;
  /**
   * VerifyPiece reads a committed piece and compares sizes, checksums and META; streams its progress.
   * Repeat: yes. Lost answer: nothing changed.
   */
  verifyPiece(argument: _stillpoint_v1_VerifyPieceRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyPieceResponse>;
  verifyPiece(argument: _stillpoint_v1_VerifyPieceRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyPieceResponse>;
  
}

/**
 * Agent stops the writes of its server for one backup, links the server's files and keeps them as a piece.
 * 
 * Every call of a run carries a RunRef. An agent refuses (stale-round) what comes with a token smaller than the
 * largest it has seen, and a Lock for a round that is over. Durations are milliseconds of the agent's monotonic clock.
 */
export interface AgentHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Abort lets writes go and removes the piece that is not committed, by its full id. Repeat: yes, always OK.
   * A later run aborts what an older one left, with its own token. Lost answer: ask again.
   */
  Abort: grpc.handleUnaryCall<_stillpoint_v1_AbortRequest, _stillpoint_v1_AbortResponseInput>;
  
  /**
   * Commit renames the sealed piece into place; from then on it is listed. Repeat: yes. Lost answer: ask again.
   */
  Commit: grpc.handleUnaryCall<_stillpoint_v1_CommitRequest, _stillpoint_v1_CommitResponseInput>;
  
  /**
   * DeletePiece removes a committed piece. Repeat: yes, OK when it is gone. Lost answer: ask again.
   */
  DeletePiece: grpc.handleUnaryCall<_stillpoint_v1_DeletePieceRequest, _stillpoint_v1_DeletePieceResponseInput>;
  
  /**
   * Describe tells the server's state: engine, versions, space, open write transactions, hold and pieces.
   * Repeat: yes. Lost answer: nothing changed.
   */
  Describe: grpc.handleUnaryCall<_stillpoint_v1_DescribeRequest, _stillpoint_v1_DescribeResponseInput>;
  
  /**
   * FinishRestore ends a restore that was flipped: the old data stays in .failsafe, UndoRestore does nothing any more.
   * Repeat: yes. Lost answer: ask again.
   */
  FinishRestore: grpc.handleUnaryCall<_stillpoint_v1_FinishRestoreRequest, _stillpoint_v1_FinishRestoreResponseInput>;
  
  /**
   * FlipRestore stops the server, moves its data to .failsafe and the staged data into place. The server stays stopped
   * until StartRestored, so that no server works on new data while another still works on old.
   * Repeat: yes, once flipped it answers the same. Repeated with a larger token it takes the restore over: the run that
   * began it is refused from then on. Lost answer: ask again, or UndoRestore.
   */
  FlipRestore: grpc.handleUnaryCall<_stillpoint_v1_FlipRestoreRequest, _stillpoint_v1_FlipRestoreResponseInput>;
  
  /**
   * ListPieces lists the committed pieces. Repeat: yes. Lost answer: nothing changed.
   */
  ListPieces: grpc.handleUnaryCall<_stillpoint_v1_ListPiecesRequest, _stillpoint_v1_ListPiecesResponseInput>;
  
  /**
   * Lock stops all writes within wait_ms and then holds them for at most hold_ms.
   * Repeat: the same round gets the same answer. Lost answer: the hold ends by itself, or by Release.
   * The end of the call ends the waiting for the lock, never a lock that is held.
   */
  Lock: grpc.handleUnaryCall<_stillpoint_v1_LockRequest, _stillpoint_v1_LockResponseInput>;
  
  /**
   * Prepare makes the staging directory and links every file that can be linked, without any lock; streams its progress.
   * It removes what runs with a smaller token have left uncommitted. Repeat: yes, it goes on where it was; after the cut it
   * does nothing.
   * Lost answer: the links stay until the same run goes on, Abort, or a Prepare with a larger token.
   */
  Prepare: grpc.handleServerStreamingCall<_stillpoint_v1_PrepareRequest, _stillpoint_v1_PrepareResponseInput>;
  
  /**
   * ReadDump gives the Plan's dump out of a committed piece. Repeat: yes. Lost answer: nothing changed.
   */
  ReadDump: grpc.handleUnaryCall<_stillpoint_v1_ReadDumpRequest, _stillpoint_v1_ReadDumpResponseInput>;
  
  /**
   * Release lets writes go, ends every round up to its own, and says how long writes were held.
   * Repeat: yes, always OK, also where nothing is held. Lost answer: the writes go on all the same.
   */
  Release: grpc.handleUnaryCall<_stillpoint_v1_ReleaseRequest, _stillpoint_v1_ReleaseResponseInput>;
  
  /**
   * Seal makes the piece durable: private copies, fsync, checksums, META; streams its progress.
   * Repeat: yes, it goes on where it was. Lost answer: the piece stays uncommitted.
   */
  Seal: grpc.handleServerStreamingCall<_stillpoint_v1_SealRequest, _stillpoint_v1_SealResponseInput>;
  
  /**
   * Snapshot makes the cut under the very hold that Lock gave in this round, then lets writes go at once.
   * Repeat: the same answer. Lost answer: the piece stays uncommitted and the writes go on.
   */
  Snapshot: grpc.handleUnaryCall<_stillpoint_v1_SnapshotRequest, _stillpoint_v1_SnapshotResponseInput>;
  
  /**
   * StageRestore checks a piece and builds the new data directory beside the old one; streams its progress.
   * The server goes on working. Repeat: yes, it starts over, but after the flip it is refused (stale-round).
   * Lost answer: the staged data stays until UndoRestore.
   */
  StageRestore: grpc.handleServerStreamingCall<_stillpoint_v1_StageRestoreRequest, _stillpoint_v1_StageRestoreResponseInput>;
  
  /**
   * StartRestored starts the server on the backup's data after FlipRestore, or on its old data after UndoRestore, and
   * checks it. NOT_FOUND if the data in place is not what the caller takes it for.
   * Repeat: yes, OK when it runs. Lost answer: ask again, or UndoRestore.
   */
  StartRestored: grpc.handleUnaryCall<_stillpoint_v1_StartRestoredRequest, _stillpoint_v1_StartRestoredResponseInput>;
  
  /**
   * StoreDump puts the Plan's dump into the piece. Repeat: yes. Lost answer: the piece stays uncommitted.
   */
  StoreDump: grpc.handleUnaryCall<_stillpoint_v1_StoreDumpRequest, _stillpoint_v1_StoreDumpResponseInput>;
  
  /**
   * UndoRestore removes staged data; after a flip it stops the server and puts the old data back, and the server stays
   * stopped until StartRestored. Repeat: yes, always OK. Lost answer: ask again.
   */
  UndoRestore: grpc.handleUnaryCall<_stillpoint_v1_UndoRestoreRequest, _stillpoint_v1_UndoRestoreResponseInput>;
  
  /**
   * VerifyPiece reads a committed piece and compares sizes, checksums and META; streams its progress.
   * Repeat: yes. Lost answer: nothing changed.
   */
  VerifyPiece: grpc.handleServerStreamingCall<_stillpoint_v1_VerifyPieceRequest, _stillpoint_v1_VerifyPieceResponseInput>;
  
}

export interface AgentDefinition extends grpc.ServiceDefinition {
  Abort: MethodDefinition<_stillpoint_v1_AbortRequestInput, _stillpoint_v1_AbortResponseInput, _stillpoint_v1_AbortRequest, _stillpoint_v1_AbortResponse>
  Commit: MethodDefinition<_stillpoint_v1_CommitRequestInput, _stillpoint_v1_CommitResponseInput, _stillpoint_v1_CommitRequest, _stillpoint_v1_CommitResponse>
  DeletePiece: MethodDefinition<_stillpoint_v1_DeletePieceRequestInput, _stillpoint_v1_DeletePieceResponseInput, _stillpoint_v1_DeletePieceRequest, _stillpoint_v1_DeletePieceResponse>
  Describe: MethodDefinition<_stillpoint_v1_DescribeRequestInput, _stillpoint_v1_DescribeResponseInput, _stillpoint_v1_DescribeRequest, _stillpoint_v1_DescribeResponse>
  FinishRestore: MethodDefinition<_stillpoint_v1_FinishRestoreRequestInput, _stillpoint_v1_FinishRestoreResponseInput, _stillpoint_v1_FinishRestoreRequest, _stillpoint_v1_FinishRestoreResponse>
  FlipRestore: MethodDefinition<_stillpoint_v1_FlipRestoreRequestInput, _stillpoint_v1_FlipRestoreResponseInput, _stillpoint_v1_FlipRestoreRequest, _stillpoint_v1_FlipRestoreResponse>
  ListPieces: MethodDefinition<_stillpoint_v1_ListPiecesRequestInput, _stillpoint_v1_ListPiecesResponseInput, _stillpoint_v1_ListPiecesRequest, _stillpoint_v1_ListPiecesResponse>
  Lock: MethodDefinition<_stillpoint_v1_LockRequestInput, _stillpoint_v1_LockResponseInput, _stillpoint_v1_LockRequest, _stillpoint_v1_LockResponse>
  Prepare: MethodDefinition<_stillpoint_v1_PrepareRequestInput, _stillpoint_v1_PrepareResponseInput, _stillpoint_v1_PrepareRequest, _stillpoint_v1_PrepareResponse>
  ReadDump: MethodDefinition<_stillpoint_v1_ReadDumpRequestInput, _stillpoint_v1_ReadDumpResponseInput, _stillpoint_v1_ReadDumpRequest, _stillpoint_v1_ReadDumpResponse>
  Release: MethodDefinition<_stillpoint_v1_ReleaseRequestInput, _stillpoint_v1_ReleaseResponseInput, _stillpoint_v1_ReleaseRequest, _stillpoint_v1_ReleaseResponse>
  Seal: MethodDefinition<_stillpoint_v1_SealRequestInput, _stillpoint_v1_SealResponseInput, _stillpoint_v1_SealRequest, _stillpoint_v1_SealResponse>
  Snapshot: MethodDefinition<_stillpoint_v1_SnapshotRequestInput, _stillpoint_v1_SnapshotResponseInput, _stillpoint_v1_SnapshotRequest, _stillpoint_v1_SnapshotResponse>
  StageRestore: MethodDefinition<_stillpoint_v1_StageRestoreRequestInput, _stillpoint_v1_StageRestoreResponseInput, _stillpoint_v1_StageRestoreRequest, _stillpoint_v1_StageRestoreResponse>
  StartRestored: MethodDefinition<_stillpoint_v1_StartRestoredRequestInput, _stillpoint_v1_StartRestoredResponseInput, _stillpoint_v1_StartRestoredRequest, _stillpoint_v1_StartRestoredResponse>
  StoreDump: MethodDefinition<_stillpoint_v1_StoreDumpRequestInput, _stillpoint_v1_StoreDumpResponseInput, _stillpoint_v1_StoreDumpRequest, _stillpoint_v1_StoreDumpResponse>
  UndoRestore: MethodDefinition<_stillpoint_v1_UndoRestoreRequestInput, _stillpoint_v1_UndoRestoreResponseInput, _stillpoint_v1_UndoRestoreRequest, _stillpoint_v1_UndoRestoreResponse>
  VerifyPiece: MethodDefinition<_stillpoint_v1_VerifyPieceRequestInput, _stillpoint_v1_VerifyPieceResponseInput, _stillpoint_v1_VerifyPieceRequest, _stillpoint_v1_VerifyPieceResponse>
}
