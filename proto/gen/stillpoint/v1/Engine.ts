// Original file: proto/stillpoint/v1/engine.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AbortTransactionsRequestInput as _stillpoint_v1_AbortTransactionsRequestInput, AbortTransactionsRequest as _stillpoint_v1_AbortTransactionsRequest } from '../../stillpoint/v1/AbortTransactionsRequest.ts';
import type { AbortTransactionsResponseInput as _stillpoint_v1_AbortTransactionsResponseInput, AbortTransactionsResponse as _stillpoint_v1_AbortTransactionsResponse } from '../../stillpoint/v1/AbortTransactionsResponse.ts';
import type { CloseDatabaseRequestInput as _stillpoint_v1_CloseDatabaseRequestInput, CloseDatabaseRequest as _stillpoint_v1_CloseDatabaseRequest } from '../../stillpoint/v1/CloseDatabaseRequest.ts';
import type { CloseDatabaseResponseInput as _stillpoint_v1_CloseDatabaseResponseInput, CloseDatabaseResponse as _stillpoint_v1_CloseDatabaseResponse } from '../../stillpoint/v1/CloseDatabaseResponse.ts';
import type { FlushRequestInput as _stillpoint_v1_FlushRequestInput, FlushRequest as _stillpoint_v1_FlushRequest } from '../../stillpoint/v1/FlushRequest.ts';
import type { FlushResponseInput as _stillpoint_v1_FlushResponseInput, FlushResponse as _stillpoint_v1_FlushResponse } from '../../stillpoint/v1/FlushResponse.ts';
import type { InspectRequestInput as _stillpoint_v1_InspectRequestInput, InspectRequest as _stillpoint_v1_InspectRequest } from '../../stillpoint/v1/InspectRequest.ts';
import type { InspectResponseInput as _stillpoint_v1_InspectResponseInput, InspectResponse as _stillpoint_v1_InspectResponse } from '../../stillpoint/v1/InspectResponse.ts';
import type { OpenDatabaseRequestInput as _stillpoint_v1_OpenDatabaseRequestInput, OpenDatabaseRequest as _stillpoint_v1_OpenDatabaseRequest } from '../../stillpoint/v1/OpenDatabaseRequest.ts';
import type { OpenDatabaseResponseInput as _stillpoint_v1_OpenDatabaseResponseInput, OpenDatabaseResponse as _stillpoint_v1_OpenDatabaseResponse } from '../../stillpoint/v1/OpenDatabaseResponse.ts';
import type { ResumeWritesRequestInput as _stillpoint_v1_ResumeWritesRequestInput, ResumeWritesRequest as _stillpoint_v1_ResumeWritesRequest } from '../../stillpoint/v1/ResumeWritesRequest.ts';
import type { ResumeWritesResponseInput as _stillpoint_v1_ResumeWritesResponseInput, ResumeWritesResponse as _stillpoint_v1_ResumeWritesResponse } from '../../stillpoint/v1/ResumeWritesResponse.ts';
import type { StopWritesRequestInput as _stillpoint_v1_StopWritesRequestInput, StopWritesRequest as _stillpoint_v1_StopWritesRequest } from '../../stillpoint/v1/StopWritesRequest.ts';
import type { StopWritesResponseInput as _stillpoint_v1_StopWritesResponseInput, StopWritesResponse as _stillpoint_v1_StopWritesResponse } from '../../stillpoint/v1/StopWritesResponse.ts';

/**
 * Engine is served by the database server itself. Only the agent beside it calls it.
 */
export interface EngineClient extends grpc.Client {
  /**
   * AbortTransactions aborts open write transactions, except those that have promised to commit (two-phase commit).
   * Repeat: yes. Lost answer: ask again.
   */
  AbortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  AbortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  AbortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  AbortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  /**
   * AbortTransactions aborts open write transactions, except those that have promised to commit (two-phase commit).
   * Repeat: yes. Lost answer: ask again.
   */
  abortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  abortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  abortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  abortTransactions(argument: _stillpoint_v1_AbortTransactionsRequestInput, callback: grpc.requestCallback<_stillpoint_v1_AbortTransactionsResponse>): grpc.ClientUnaryCall;
  
  /**
   * CloseDatabase waits for running operations, closes every file of the data directory and refuses all operations
   * until OpenDatabase; the process stays. The agent then exchanges the files. Repeat: yes.
   */
  CloseDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  CloseDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  CloseDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  CloseDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  /**
   * CloseDatabase waits for running operations, closes every file of the data directory and refuses all operations
   * until OpenDatabase; the process stays. The agent then exchanges the files. Repeat: yes.
   */
  closeDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  closeDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  closeDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  closeDatabase(argument: _stillpoint_v1_CloseDatabaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CloseDatabaseResponse>): grpc.ClientUnaryCall;
  
  /**
   * Flush writes to the files what it can, so that little is left to write under the lock. Called before StopWrites,
   * while writes go on. Repeat: yes. Lost answer: nothing lost.
   */
  Flush(argument: _stillpoint_v1_FlushRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  Flush(argument: _stillpoint_v1_FlushRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  Flush(argument: _stillpoint_v1_FlushRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  Flush(argument: _stillpoint_v1_FlushRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  /**
   * Flush writes to the files what it can, so that little is left to write under the lock. Called before StopWrites,
   * while writes go on. Repeat: yes. Lost answer: nothing lost.
   */
  flush(argument: _stillpoint_v1_FlushRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  flush(argument: _stillpoint_v1_FlushRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  flush(argument: _stillpoint_v1_FlushRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  flush(argument: _stillpoint_v1_FlushRequestInput, callback: grpc.requestCallback<_stillpoint_v1_FlushResponse>): grpc.ClientUnaryCall;
  
  /**
   * Inspect tells version and open write transactions. Repeat: yes. Lost answer: nothing changed.
   */
  Inspect(argument: _stillpoint_v1_InspectRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  Inspect(argument: _stillpoint_v1_InspectRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  Inspect(argument: _stillpoint_v1_InspectRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  Inspect(argument: _stillpoint_v1_InspectRequestInput, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  /**
   * Inspect tells version and open write transactions. Repeat: yes. Lost answer: nothing changed.
   */
  inspect(argument: _stillpoint_v1_InspectRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  inspect(argument: _stillpoint_v1_InspectRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  inspect(argument: _stillpoint_v1_InspectRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  inspect(argument: _stillpoint_v1_InspectRequestInput, callback: grpc.requestCallback<_stillpoint_v1_InspectResponse>): grpc.ClientUnaryCall;
  
  /**
   * OpenDatabase opens the files again, recovers, checks itself and takes operations. Repeat: yes, OK when open.
   * Files that it cannot use: DATA_LOSS.
   */
  OpenDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  OpenDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  OpenDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  OpenDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  /**
   * OpenDatabase opens the files again, recovers, checks itself and takes operations. Repeat: yes, OK when open.
   * Files that it cannot use: DATA_LOSS.
   */
  openDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  openDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  openDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  openDatabase(argument: _stillpoint_v1_OpenDatabaseRequestInput, callback: grpc.requestCallback<_stillpoint_v1_OpenDatabaseResponse>): grpc.ClientUnaryCall;
  
  /**
   * ResumeWrites ends the StopWrites of this id and says whether writes were stopped until now without a break.
   * Repeat: yes; for an id that is not stopped it answers unbroken = false.
   */
  ResumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  ResumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  ResumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  ResumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  /**
   * ResumeWrites ends the StopWrites of this id and says whether writes were stopped until now without a break.
   * Repeat: yes; for an id that is not stopped it answers unbroken = false.
   */
  resumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  resumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  resumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  resumeWrites(argument: _stillpoint_v1_ResumeWritesRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ResumeWritesResponse>): grpc.ClientUnaryCall;
  
  /**
   * StopWrites lets no new write transaction begin, waits for the open ones, then answers "stopped" and keeps the
   * stream open for as long as writes are stopped. Writes must go on when the stream ends, for whatever reason, and at
   * the latest hold_ms after "stopped": an agent that is killed must not leave writes stopped. Only one at a time:
   * a second one is refused with FAILED_PRECONDITION.
   * When wait_ms is over it answers "busy", lets writes go and ends the stream.
   * Reads, logins and replication must go on. What was acknowledged before "stopped" must be in the files, so that a
   * copy of them made now contains it (in the page cache is enough).
   */
  StopWrites(argument: _stillpoint_v1_StopWritesRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StopWritesResponse>;
  StopWrites(argument: _stillpoint_v1_StopWritesRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StopWritesResponse>;
  /**
   * StopWrites lets no new write transaction begin, waits for the open ones, then answers "stopped" and keeps the
   * stream open for as long as writes are stopped. Writes must go on when the stream ends, for whatever reason, and at
   * the latest hold_ms after "stopped": an agent that is killed must not leave writes stopped. Only one at a time:
   * a second one is refused with FAILED_PRECONDITION.
   * When wait_ms is over it answers "busy", lets writes go and ends the stream.
   * Reads, logins and replication must go on. What was acknowledged before "stopped" must be in the files, so that a
   * copy of them made now contains it (in the page cache is enough).
   */
  stopWrites(argument: _stillpoint_v1_StopWritesRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StopWritesResponse>;
  stopWrites(argument: _stillpoint_v1_StopWritesRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_StopWritesResponse>;
  
}

/**
 * Engine is served by the database server itself. Only the agent beside it calls it.
 */
export interface EngineHandlers extends grpc.UntypedServiceImplementation {
  /**
   * AbortTransactions aborts open write transactions, except those that have promised to commit (two-phase commit).
   * Repeat: yes. Lost answer: ask again.
   */
  AbortTransactions: grpc.handleUnaryCall<_stillpoint_v1_AbortTransactionsRequest, _stillpoint_v1_AbortTransactionsResponseInput>;
  
  /**
   * CloseDatabase waits for running operations, closes every file of the data directory and refuses all operations
   * until OpenDatabase; the process stays. The agent then exchanges the files. Repeat: yes.
   */
  CloseDatabase: grpc.handleUnaryCall<_stillpoint_v1_CloseDatabaseRequest, _stillpoint_v1_CloseDatabaseResponseInput>;
  
  /**
   * Flush writes to the files what it can, so that little is left to write under the lock. Called before StopWrites,
   * while writes go on. Repeat: yes. Lost answer: nothing lost.
   */
  Flush: grpc.handleUnaryCall<_stillpoint_v1_FlushRequest, _stillpoint_v1_FlushResponseInput>;
  
  /**
   * Inspect tells version and open write transactions. Repeat: yes. Lost answer: nothing changed.
   */
  Inspect: grpc.handleUnaryCall<_stillpoint_v1_InspectRequest, _stillpoint_v1_InspectResponseInput>;
  
  /**
   * OpenDatabase opens the files again, recovers, checks itself and takes operations. Repeat: yes, OK when open.
   * Files that it cannot use: DATA_LOSS.
   */
  OpenDatabase: grpc.handleUnaryCall<_stillpoint_v1_OpenDatabaseRequest, _stillpoint_v1_OpenDatabaseResponseInput>;
  
  /**
   * ResumeWrites ends the StopWrites of this id and says whether writes were stopped until now without a break.
   * Repeat: yes; for an id that is not stopped it answers unbroken = false.
   */
  ResumeWrites: grpc.handleUnaryCall<_stillpoint_v1_ResumeWritesRequest, _stillpoint_v1_ResumeWritesResponseInput>;
  
  /**
   * StopWrites lets no new write transaction begin, waits for the open ones, then answers "stopped" and keeps the
   * stream open for as long as writes are stopped. Writes must go on when the stream ends, for whatever reason, and at
   * the latest hold_ms after "stopped": an agent that is killed must not leave writes stopped. Only one at a time:
   * a second one is refused with FAILED_PRECONDITION.
   * When wait_ms is over it answers "busy", lets writes go and ends the stream.
   * Reads, logins and replication must go on. What was acknowledged before "stopped" must be in the files, so that a
   * copy of them made now contains it (in the page cache is enough).
   */
  StopWrites: grpc.handleServerStreamingCall<_stillpoint_v1_StopWritesRequest, _stillpoint_v1_StopWritesResponseInput>;
  
}

export interface EngineDefinition extends grpc.ServiceDefinition {
  AbortTransactions: MethodDefinition<_stillpoint_v1_AbortTransactionsRequestInput, _stillpoint_v1_AbortTransactionsResponseInput, _stillpoint_v1_AbortTransactionsRequest, _stillpoint_v1_AbortTransactionsResponse>
  CloseDatabase: MethodDefinition<_stillpoint_v1_CloseDatabaseRequestInput, _stillpoint_v1_CloseDatabaseResponseInput, _stillpoint_v1_CloseDatabaseRequest, _stillpoint_v1_CloseDatabaseResponse>
  Flush: MethodDefinition<_stillpoint_v1_FlushRequestInput, _stillpoint_v1_FlushResponseInput, _stillpoint_v1_FlushRequest, _stillpoint_v1_FlushResponse>
  Inspect: MethodDefinition<_stillpoint_v1_InspectRequestInput, _stillpoint_v1_InspectResponseInput, _stillpoint_v1_InspectRequest, _stillpoint_v1_InspectResponse>
  OpenDatabase: MethodDefinition<_stillpoint_v1_OpenDatabaseRequestInput, _stillpoint_v1_OpenDatabaseResponseInput, _stillpoint_v1_OpenDatabaseRequest, _stillpoint_v1_OpenDatabaseResponse>
  ResumeWrites: MethodDefinition<_stillpoint_v1_ResumeWritesRequestInput, _stillpoint_v1_ResumeWritesResponseInput, _stillpoint_v1_ResumeWritesRequest, _stillpoint_v1_ResumeWritesResponse>
  StopWrites: MethodDefinition<_stillpoint_v1_StopWritesRequestInput, _stillpoint_v1_StopWritesResponseInput, _stillpoint_v1_StopWritesRequest, _stillpoint_v1_StopWritesResponse>
}
