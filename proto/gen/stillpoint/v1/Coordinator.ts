// Original file: proto/stillpoint/v1/coordinator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ApplyPlanRequestInput as _stillpoint_v1_ApplyPlanRequestInput, ApplyPlanRequest as _stillpoint_v1_ApplyPlanRequest } from '../../stillpoint/v1/ApplyPlanRequest.ts';
import type { ApplyPlanResponseInput as _stillpoint_v1_ApplyPlanResponseInput, ApplyPlanResponse as _stillpoint_v1_ApplyPlanResponse } from '../../stillpoint/v1/ApplyPlanResponse.ts';
import type { CancelBackupRequestInput as _stillpoint_v1_CancelBackupRequestInput, CancelBackupRequest as _stillpoint_v1_CancelBackupRequest } from '../../stillpoint/v1/CancelBackupRequest.ts';
import type { CancelBackupResponseInput as _stillpoint_v1_CancelBackupResponseInput, CancelBackupResponse as _stillpoint_v1_CancelBackupResponse } from '../../stillpoint/v1/CancelBackupResponse.ts';
import type { CreateBackupRequestInput as _stillpoint_v1_CreateBackupRequestInput, CreateBackupRequest as _stillpoint_v1_CreateBackupRequest } from '../../stillpoint/v1/CreateBackupRequest.ts';
import type { CreateBackupResponseInput as _stillpoint_v1_CreateBackupResponseInput, CreateBackupResponse as _stillpoint_v1_CreateBackupResponse } from '../../stillpoint/v1/CreateBackupResponse.ts';
import type { DeleteBackupRequestInput as _stillpoint_v1_DeleteBackupRequestInput, DeleteBackupRequest as _stillpoint_v1_DeleteBackupRequest } from '../../stillpoint/v1/DeleteBackupRequest.ts';
import type { DeleteBackupResponseInput as _stillpoint_v1_DeleteBackupResponseInput, DeleteBackupResponse as _stillpoint_v1_DeleteBackupResponse } from '../../stillpoint/v1/DeleteBackupResponse.ts';
import type { GetBackupRequestInput as _stillpoint_v1_GetBackupRequestInput, GetBackupRequest as _stillpoint_v1_GetBackupRequest } from '../../stillpoint/v1/GetBackupRequest.ts';
import type { GetBackupResponseInput as _stillpoint_v1_GetBackupResponseInput, GetBackupResponse as _stillpoint_v1_GetBackupResponse } from '../../stillpoint/v1/GetBackupResponse.ts';
import type { GetPlanRequestInput as _stillpoint_v1_GetPlanRequestInput, GetPlanRequest as _stillpoint_v1_GetPlanRequest } from '../../stillpoint/v1/GetPlanRequest.ts';
import type { GetPlanResponseInput as _stillpoint_v1_GetPlanResponseInput, GetPlanResponse as _stillpoint_v1_GetPlanResponse } from '../../stillpoint/v1/GetPlanResponse.ts';
import type { GetStatusRequestInput as _stillpoint_v1_GetStatusRequestInput, GetStatusRequest as _stillpoint_v1_GetStatusRequest } from '../../stillpoint/v1/GetStatusRequest.ts';
import type { GetStatusResponseInput as _stillpoint_v1_GetStatusResponseInput, GetStatusResponse as _stillpoint_v1_GetStatusResponse } from '../../stillpoint/v1/GetStatusResponse.ts';
import type { ListBackupsRequestInput as _stillpoint_v1_ListBackupsRequestInput, ListBackupsRequest as _stillpoint_v1_ListBackupsRequest } from '../../stillpoint/v1/ListBackupsRequest.ts';
import type { ListBackupsResponseInput as _stillpoint_v1_ListBackupsResponseInput, ListBackupsResponse as _stillpoint_v1_ListBackupsResponse } from '../../stillpoint/v1/ListBackupsResponse.ts';
import type { RestoreBackupRequestInput as _stillpoint_v1_RestoreBackupRequestInput, RestoreBackupRequest as _stillpoint_v1_RestoreBackupRequest } from '../../stillpoint/v1/RestoreBackupRequest.ts';
import type { RestoreBackupResponseInput as _stillpoint_v1_RestoreBackupResponseInput, RestoreBackupResponse as _stillpoint_v1_RestoreBackupResponse } from '../../stillpoint/v1/RestoreBackupResponse.ts';
import type { VerifyBackupRequestInput as _stillpoint_v1_VerifyBackupRequestInput, VerifyBackupRequest as _stillpoint_v1_VerifyBackupRequest } from '../../stillpoint/v1/VerifyBackupRequest.ts';
import type { VerifyBackupResponseInput as _stillpoint_v1_VerifyBackupResponseInput, VerifyBackupResponse as _stillpoint_v1_VerifyBackupResponse } from '../../stillpoint/v1/VerifyBackupResponse.ts';

/**
 * Coordinator runs backups and restores over all agents of the cluster.
 */
export interface CoordinatorClient extends grpc.Client {
  /**
   * ApplyPlan writes the given sections of the Plan in one transaction; other sections stay as they are.
   */
  ApplyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  ApplyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  ApplyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  ApplyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  /**
   * ApplyPlan writes the given sections of the Plan in one transaction; other sections stay as they are.
   */
  applyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  applyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  applyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  applyPlan(argument: _stillpoint_v1_ApplyPlanRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ApplyPlanResponse>): grpc.ClientUnaryCall;
  
  /**
   * CancelBackup cancels the run of this coordinator and waits until nothing is left of it. Refused as not found when the run
   * was over, or decided, before.
   */
  CancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  CancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  CancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  CancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  /**
   * CancelBackup cancels the run of this coordinator and waits until nothing is left of it. Refused as not found when the run
   * was over, or decided, before.
   */
  cancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  cancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  cancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  cancelBackup(argument: _stillpoint_v1_CancelBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_CancelBackupResponse>): grpc.ClientUnaryCall;
  
  /**
   * CreateBackup takes a backup; streams what happens as it happens; the last message has the result.
   * The end of the call cancels the run: nothing is left of it, unless it was decided before. To hear which, cancel it by
   * CancelBackup and go on reading. A dry run claims nothing and blocks nobody.
   */
  CreateBackup(argument: _stillpoint_v1_CreateBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_CreateBackupResponse>;
  CreateBackup(argument: _stillpoint_v1_CreateBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_CreateBackupResponse>;
  /**
   * CreateBackup takes a backup; streams what happens as it happens; the last message has the result.
   * The end of the call cancels the run: nothing is left of it, unless it was decided before. To hear which, cancel it by
   * CancelBackup and go on reading. A dry run claims nothing and blocks nobody.
   */
  createBackup(argument: _stillpoint_v1_CreateBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_CreateBackupResponse>;
  createBackup(argument: _stillpoint_v1_CreateBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_CreateBackupResponse>;
  
  /**
   * DeleteBackup removes a backup from all agents, and its record. The end of the call cancels it only before the first piece
   * is removed.
   */
  DeleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  DeleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  DeleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  DeleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  /**
   * DeleteBackup removes a backup from all agents, and its record. The end of the call cancels it only before the first piece
   * is removed.
   */
  deleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  deleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  deleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  deleteBackup(argument: _stillpoint_v1_DeleteBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_DeleteBackupResponse>): grpc.ClientUnaryCall;
  
  /**
   * GetBackup gives one backup with all its pieces.
   */
  GetBackup(argument: _stillpoint_v1_GetBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  GetBackup(argument: _stillpoint_v1_GetBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  GetBackup(argument: _stillpoint_v1_GetBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  GetBackup(argument: _stillpoint_v1_GetBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  /**
   * GetBackup gives one backup with all its pieces.
   */
  getBackup(argument: _stillpoint_v1_GetBackupRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  getBackup(argument: _stillpoint_v1_GetBackupRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  getBackup(argument: _stillpoint_v1_GetBackupRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  getBackup(argument: _stillpoint_v1_GetBackupRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetBackupResponse>): grpc.ClientUnaryCall;
  
  /**
   * GetPlan reads the cluster's Plan at one revision.
   */
  GetPlan(argument: _stillpoint_v1_GetPlanRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  GetPlan(argument: _stillpoint_v1_GetPlanRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  GetPlan(argument: _stillpoint_v1_GetPlanRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  GetPlan(argument: _stillpoint_v1_GetPlanRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  /**
   * GetPlan reads the cluster's Plan at one revision.
   */
  getPlan(argument: _stillpoint_v1_GetPlanRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  getPlan(argument: _stillpoint_v1_GetPlanRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  getPlan(argument: _stillpoint_v1_GetPlanRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  getPlan(argument: _stillpoint_v1_GetPlanRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetPlanResponse>): grpc.ClientUnaryCall;
  
  /**
   * GetStatus tells who holds the claim and what every server is doing.
   */
  GetStatus(argument: _stillpoint_v1_GetStatusRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  GetStatus(argument: _stillpoint_v1_GetStatusRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  GetStatus(argument: _stillpoint_v1_GetStatusRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  GetStatus(argument: _stillpoint_v1_GetStatusRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  /**
   * GetStatus tells who holds the claim and what every server is doing.
   */
  getStatus(argument: _stillpoint_v1_GetStatusRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  getStatus(argument: _stillpoint_v1_GetStatusRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  getStatus(argument: _stillpoint_v1_GetStatusRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  getStatus(argument: _stillpoint_v1_GetStatusRequestInput, callback: grpc.requestCallback<_stillpoint_v1_GetStatusResponse>): grpc.ClientUnaryCall;
  
  /**
   * ListBackups lists the backups that the agents have, newest first.
   */
  ListBackups(argument: _stillpoint_v1_ListBackupsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  ListBackups(argument: _stillpoint_v1_ListBackupsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  ListBackups(argument: _stillpoint_v1_ListBackupsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  ListBackups(argument: _stillpoint_v1_ListBackupsRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  /**
   * ListBackups lists the backups that the agents have, newest first.
   */
  listBackups(argument: _stillpoint_v1_ListBackupsRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  listBackups(argument: _stillpoint_v1_ListBackupsRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  listBackups(argument: _stillpoint_v1_ListBackupsRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  listBackups(argument: _stillpoint_v1_ListBackupsRequestInput, callback: grpc.requestCallback<_stillpoint_v1_ListBackupsResponse>): grpc.ClientUnaryCall;
  
  /**
   * RestoreBackup puts all servers back to a backup, or none; streams what happens. The end of the call cancels the run, as long
   * as no server works on the backup's data.
   */
  RestoreBackup(argument: _stillpoint_v1_RestoreBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_RestoreBackupResponse>;
  RestoreBackup(argument: _stillpoint_v1_RestoreBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_RestoreBackupResponse>;
  /**
   * RestoreBackup puts all servers back to a backup, or none; streams what happens. The end of the call cancels the run, as long
   * as no server works on the backup's data.
   */
  restoreBackup(argument: _stillpoint_v1_RestoreBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_RestoreBackupResponse>;
  restoreBackup(argument: _stillpoint_v1_RestoreBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_RestoreBackupResponse>;
  
  /**
   * VerifyBackup checks sizes, checksums, the dump and the cut; streams progress; the last message has the verdict.
   */
  VerifyBackup(argument: _stillpoint_v1_VerifyBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyBackupResponse>;
  VerifyBackup(argument: _stillpoint_v1_VerifyBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyBackupResponse>;
  /**
   * VerifyBackup checks sizes, checksums, the dump and the cut; streams progress; the last message has the verdict.
   */
  verifyBackup(argument: _stillpoint_v1_VerifyBackupRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyBackupResponse>;
  verifyBackup(argument: _stillpoint_v1_VerifyBackupRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_stillpoint_v1_VerifyBackupResponse>;
  
}

/**
 * Coordinator runs backups and restores over all agents of the cluster.
 */
export interface CoordinatorHandlers extends grpc.UntypedServiceImplementation {
  /**
   * ApplyPlan writes the given sections of the Plan in one transaction; other sections stay as they are.
   */
  ApplyPlan: grpc.handleUnaryCall<_stillpoint_v1_ApplyPlanRequest, _stillpoint_v1_ApplyPlanResponseInput>;
  
  /**
   * CancelBackup cancels the run of this coordinator and waits until nothing is left of it. Refused as not found when the run
   * was over, or decided, before.
   */
  CancelBackup: grpc.handleUnaryCall<_stillpoint_v1_CancelBackupRequest, _stillpoint_v1_CancelBackupResponseInput>;
  
  /**
   * CreateBackup takes a backup; streams what happens as it happens; the last message has the result.
   * The end of the call cancels the run: nothing is left of it, unless it was decided before. To hear which, cancel it by
   * CancelBackup and go on reading. A dry run claims nothing and blocks nobody.
   */
  CreateBackup: grpc.handleServerStreamingCall<_stillpoint_v1_CreateBackupRequest, _stillpoint_v1_CreateBackupResponseInput>;
  
  /**
   * DeleteBackup removes a backup from all agents, and its record. The end of the call cancels it only before the first piece
   * is removed.
   */
  DeleteBackup: grpc.handleUnaryCall<_stillpoint_v1_DeleteBackupRequest, _stillpoint_v1_DeleteBackupResponseInput>;
  
  /**
   * GetBackup gives one backup with all its pieces.
   */
  GetBackup: grpc.handleUnaryCall<_stillpoint_v1_GetBackupRequest, _stillpoint_v1_GetBackupResponseInput>;
  
  /**
   * GetPlan reads the cluster's Plan at one revision.
   */
  GetPlan: grpc.handleUnaryCall<_stillpoint_v1_GetPlanRequest, _stillpoint_v1_GetPlanResponseInput>;
  
  /**
   * GetStatus tells who holds the claim and what every server is doing.
   */
  GetStatus: grpc.handleUnaryCall<_stillpoint_v1_GetStatusRequest, _stillpoint_v1_GetStatusResponseInput>;
  
  /**
   * ListBackups lists the backups that the agents have, newest first.
   */
  ListBackups: grpc.handleUnaryCall<_stillpoint_v1_ListBackupsRequest, _stillpoint_v1_ListBackupsResponseInput>;
  
  /**
   * RestoreBackup puts all servers back to a backup, or none; streams what happens. The end of the call cancels the run, as long
   * as no server works on the backup's data.
   */
  RestoreBackup: grpc.handleServerStreamingCall<_stillpoint_v1_RestoreBackupRequest, _stillpoint_v1_RestoreBackupResponseInput>;
  
  /**
   * VerifyBackup checks sizes, checksums, the dump and the cut; streams progress; the last message has the verdict.
   */
  VerifyBackup: grpc.handleServerStreamingCall<_stillpoint_v1_VerifyBackupRequest, _stillpoint_v1_VerifyBackupResponseInput>;
  
}

export interface CoordinatorDefinition extends grpc.ServiceDefinition {
  ApplyPlan: MethodDefinition<_stillpoint_v1_ApplyPlanRequestInput, _stillpoint_v1_ApplyPlanResponseInput, _stillpoint_v1_ApplyPlanRequest, _stillpoint_v1_ApplyPlanResponse>
  CancelBackup: MethodDefinition<_stillpoint_v1_CancelBackupRequestInput, _stillpoint_v1_CancelBackupResponseInput, _stillpoint_v1_CancelBackupRequest, _stillpoint_v1_CancelBackupResponse>
  CreateBackup: MethodDefinition<_stillpoint_v1_CreateBackupRequestInput, _stillpoint_v1_CreateBackupResponseInput, _stillpoint_v1_CreateBackupRequest, _stillpoint_v1_CreateBackupResponse>
  DeleteBackup: MethodDefinition<_stillpoint_v1_DeleteBackupRequestInput, _stillpoint_v1_DeleteBackupResponseInput, _stillpoint_v1_DeleteBackupRequest, _stillpoint_v1_DeleteBackupResponse>
  GetBackup: MethodDefinition<_stillpoint_v1_GetBackupRequestInput, _stillpoint_v1_GetBackupResponseInput, _stillpoint_v1_GetBackupRequest, _stillpoint_v1_GetBackupResponse>
  GetPlan: MethodDefinition<_stillpoint_v1_GetPlanRequestInput, _stillpoint_v1_GetPlanResponseInput, _stillpoint_v1_GetPlanRequest, _stillpoint_v1_GetPlanResponse>
  GetStatus: MethodDefinition<_stillpoint_v1_GetStatusRequestInput, _stillpoint_v1_GetStatusResponseInput, _stillpoint_v1_GetStatusRequest, _stillpoint_v1_GetStatusResponse>
  ListBackups: MethodDefinition<_stillpoint_v1_ListBackupsRequestInput, _stillpoint_v1_ListBackupsResponseInput, _stillpoint_v1_ListBackupsRequest, _stillpoint_v1_ListBackupsResponse>
  RestoreBackup: MethodDefinition<_stillpoint_v1_RestoreBackupRequestInput, _stillpoint_v1_RestoreBackupResponseInput, _stillpoint_v1_RestoreBackupRequest, _stillpoint_v1_RestoreBackupResponse>
  VerifyBackup: MethodDefinition<_stillpoint_v1_VerifyBackupRequestInput, _stillpoint_v1_VerifyBackupResponseInput, _stillpoint_v1_VerifyBackupRequest, _stillpoint_v1_VerifyBackupResponse>
}
