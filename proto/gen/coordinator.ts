import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from './google/protobuf/Timestamp.ts';
import type { AbortRequestInput as _stillpoint_v1_AbortRequestInput, AbortRequest as _stillpoint_v1_AbortRequest } from './stillpoint/v1/AbortRequest.ts';
import type { AbortResponseInput as _stillpoint_v1_AbortResponseInput, AbortResponse as _stillpoint_v1_AbortResponse } from './stillpoint/v1/AbortResponse.ts';
import type { AgentClient as _stillpoint_v1_AgentClient, AgentDefinition as _stillpoint_v1_AgentDefinition } from './stillpoint/v1/Agent.ts';
import type { ApplyPlanRequestInput as _stillpoint_v1_ApplyPlanRequestInput, ApplyPlanRequest as _stillpoint_v1_ApplyPlanRequest } from './stillpoint/v1/ApplyPlanRequest.ts';
import type { ApplyPlanResponseInput as _stillpoint_v1_ApplyPlanResponseInput, ApplyPlanResponse as _stillpoint_v1_ApplyPlanResponse } from './stillpoint/v1/ApplyPlanResponse.ts';
import type { BackupInput as _stillpoint_v1_BackupInput, Backup as _stillpoint_v1_Backup } from './stillpoint/v1/Backup.ts';
import type { BusyInput as _stillpoint_v1_BusyInput, Busy as _stillpoint_v1_Busy } from './stillpoint/v1/Busy.ts';
import type { CancelBackupRequestInput as _stillpoint_v1_CancelBackupRequestInput, CancelBackupRequest as _stillpoint_v1_CancelBackupRequest } from './stillpoint/v1/CancelBackupRequest.ts';
import type { CancelBackupResponseInput as _stillpoint_v1_CancelBackupResponseInput, CancelBackupResponse as _stillpoint_v1_CancelBackupResponse } from './stillpoint/v1/CancelBackupResponse.ts';
import type { ClaimInput as _stillpoint_v1_ClaimInput, Claim as _stillpoint_v1_Claim } from './stillpoint/v1/Claim.ts';
import type { CommitRequestInput as _stillpoint_v1_CommitRequestInput, CommitRequest as _stillpoint_v1_CommitRequest } from './stillpoint/v1/CommitRequest.ts';
import type { CommitResponseInput as _stillpoint_v1_CommitResponseInput, CommitResponse as _stillpoint_v1_CommitResponse } from './stillpoint/v1/CommitResponse.ts';
import type { CoordinatorClient as _stillpoint_v1_CoordinatorClient, CoordinatorDefinition as _stillpoint_v1_CoordinatorDefinition } from './stillpoint/v1/Coordinator.ts';
import type { CreateBackupRequestInput as _stillpoint_v1_CreateBackupRequestInput, CreateBackupRequest as _stillpoint_v1_CreateBackupRequest } from './stillpoint/v1/CreateBackupRequest.ts';
import type { CreateBackupResponseInput as _stillpoint_v1_CreateBackupResponseInput, CreateBackupResponse as _stillpoint_v1_CreateBackupResponse } from './stillpoint/v1/CreateBackupResponse.ts';
import type { DeleteBackupRequestInput as _stillpoint_v1_DeleteBackupRequestInput, DeleteBackupRequest as _stillpoint_v1_DeleteBackupRequest } from './stillpoint/v1/DeleteBackupRequest.ts';
import type { DeleteBackupResponseInput as _stillpoint_v1_DeleteBackupResponseInput, DeleteBackupResponse as _stillpoint_v1_DeleteBackupResponse } from './stillpoint/v1/DeleteBackupResponse.ts';
import type { DeletePieceRequestInput as _stillpoint_v1_DeletePieceRequestInput, DeletePieceRequest as _stillpoint_v1_DeletePieceRequest } from './stillpoint/v1/DeletePieceRequest.ts';
import type { DeletePieceResponseInput as _stillpoint_v1_DeletePieceResponseInput, DeletePieceResponse as _stillpoint_v1_DeletePieceResponse } from './stillpoint/v1/DeletePieceResponse.ts';
import type { DescribeRequestInput as _stillpoint_v1_DescribeRequestInput, DescribeRequest as _stillpoint_v1_DescribeRequest } from './stillpoint/v1/DescribeRequest.ts';
import type { DescribeResponseInput as _stillpoint_v1_DescribeResponseInput, DescribeResponse as _stillpoint_v1_DescribeResponse } from './stillpoint/v1/DescribeResponse.ts';
import type { FinishRestoreRequestInput as _stillpoint_v1_FinishRestoreRequestInput, FinishRestoreRequest as _stillpoint_v1_FinishRestoreRequest } from './stillpoint/v1/FinishRestoreRequest.ts';
import type { FinishRestoreResponseInput as _stillpoint_v1_FinishRestoreResponseInput, FinishRestoreResponse as _stillpoint_v1_FinishRestoreResponse } from './stillpoint/v1/FinishRestoreResponse.ts';
import type { FlipRestoreRequestInput as _stillpoint_v1_FlipRestoreRequestInput, FlipRestoreRequest as _stillpoint_v1_FlipRestoreRequest } from './stillpoint/v1/FlipRestoreRequest.ts';
import type { FlipRestoreResponseInput as _stillpoint_v1_FlipRestoreResponseInput, FlipRestoreResponse as _stillpoint_v1_FlipRestoreResponse } from './stillpoint/v1/FlipRestoreResponse.ts';
import type { ForecastInput as _stillpoint_v1_ForecastInput, Forecast as _stillpoint_v1_Forecast } from './stillpoint/v1/Forecast.ts';
import type { GetBackupRequestInput as _stillpoint_v1_GetBackupRequestInput, GetBackupRequest as _stillpoint_v1_GetBackupRequest } from './stillpoint/v1/GetBackupRequest.ts';
import type { GetBackupResponseInput as _stillpoint_v1_GetBackupResponseInput, GetBackupResponse as _stillpoint_v1_GetBackupResponse } from './stillpoint/v1/GetBackupResponse.ts';
import type { GetPlanRequestInput as _stillpoint_v1_GetPlanRequestInput, GetPlanRequest as _stillpoint_v1_GetPlanRequest } from './stillpoint/v1/GetPlanRequest.ts';
import type { GetPlanResponseInput as _stillpoint_v1_GetPlanResponseInput, GetPlanResponse as _stillpoint_v1_GetPlanResponse } from './stillpoint/v1/GetPlanResponse.ts';
import type { GetStatusRequestInput as _stillpoint_v1_GetStatusRequestInput, GetStatusRequest as _stillpoint_v1_GetStatusRequest } from './stillpoint/v1/GetStatusRequest.ts';
import type { GetStatusResponseInput as _stillpoint_v1_GetStatusResponseInput, GetStatusResponse as _stillpoint_v1_GetStatusResponse } from './stillpoint/v1/GetStatusResponse.ts';
import type { HoldReportInput as _stillpoint_v1_HoldReportInput, HoldReport as _stillpoint_v1_HoldReport } from './stillpoint/v1/HoldReport.ts';
import type { HoldStateInput as _stillpoint_v1_HoldStateInput, HoldState as _stillpoint_v1_HoldState } from './stillpoint/v1/HoldState.ts';
import type { JobInput as _stillpoint_v1_JobInput, Job as _stillpoint_v1_Job } from './stillpoint/v1/Job.ts';
import type { ListBackupsRequestInput as _stillpoint_v1_ListBackupsRequestInput, ListBackupsRequest as _stillpoint_v1_ListBackupsRequest } from './stillpoint/v1/ListBackupsRequest.ts';
import type { ListBackupsResponseInput as _stillpoint_v1_ListBackupsResponseInput, ListBackupsResponse as _stillpoint_v1_ListBackupsResponse } from './stillpoint/v1/ListBackupsResponse.ts';
import type { ListPiecesRequestInput as _stillpoint_v1_ListPiecesRequestInput, ListPiecesRequest as _stillpoint_v1_ListPiecesRequest } from './stillpoint/v1/ListPiecesRequest.ts';
import type { ListPiecesResponseInput as _stillpoint_v1_ListPiecesResponseInput, ListPiecesResponse as _stillpoint_v1_ListPiecesResponse } from './stillpoint/v1/ListPiecesResponse.ts';
import type { LockRequestInput as _stillpoint_v1_LockRequestInput, LockRequest as _stillpoint_v1_LockRequest } from './stillpoint/v1/LockRequest.ts';
import type { LockResponseInput as _stillpoint_v1_LockResponseInput, LockResponse as _stillpoint_v1_LockResponse } from './stillpoint/v1/LockResponse.ts';
import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from './stillpoint/v1/Piece.ts';
import type { PlanEntryInput as _stillpoint_v1_PlanEntryInput, PlanEntry as _stillpoint_v1_PlanEntry } from './stillpoint/v1/PlanEntry.ts';
import type { PrepareRequestInput as _stillpoint_v1_PrepareRequestInput, PrepareRequest as _stillpoint_v1_PrepareRequest } from './stillpoint/v1/PrepareRequest.ts';
import type { PrepareResponseInput as _stillpoint_v1_PrepareResponseInput, PrepareResponse as _stillpoint_v1_PrepareResponse } from './stillpoint/v1/PrepareResponse.ts';
import type { ReadDumpRequestInput as _stillpoint_v1_ReadDumpRequestInput, ReadDumpRequest as _stillpoint_v1_ReadDumpRequest } from './stillpoint/v1/ReadDumpRequest.ts';
import type { ReadDumpResponseInput as _stillpoint_v1_ReadDumpResponseInput, ReadDumpResponse as _stillpoint_v1_ReadDumpResponse } from './stillpoint/v1/ReadDumpResponse.ts';
import type { ReleaseRequestInput as _stillpoint_v1_ReleaseRequestInput, ReleaseRequest as _stillpoint_v1_ReleaseRequest } from './stillpoint/v1/ReleaseRequest.ts';
import type { ReleaseResponseInput as _stillpoint_v1_ReleaseResponseInput, ReleaseResponse as _stillpoint_v1_ReleaseResponse } from './stillpoint/v1/ReleaseResponse.ts';
import type { RestoreBackupRequestInput as _stillpoint_v1_RestoreBackupRequestInput, RestoreBackupRequest as _stillpoint_v1_RestoreBackupRequest } from './stillpoint/v1/RestoreBackupRequest.ts';
import type { RestoreBackupResponseInput as _stillpoint_v1_RestoreBackupResponseInput, RestoreBackupResponse as _stillpoint_v1_RestoreBackupResponse } from './stillpoint/v1/RestoreBackupResponse.ts';
import type { RestoreResultInput as _stillpoint_v1_RestoreResultInput, RestoreResult as _stillpoint_v1_RestoreResult } from './stillpoint/v1/RestoreResult.ts';
import type { RestoredServerInput as _stillpoint_v1_RestoredServerInput, RestoredServer as _stillpoint_v1_RestoredServer } from './stillpoint/v1/RestoredServer.ts';
import type { RoundReportInput as _stillpoint_v1_RoundReportInput, RoundReport as _stillpoint_v1_RoundReport } from './stillpoint/v1/RoundReport.ts';
import type { RunEventInput as _stillpoint_v1_RunEventInput, RunEvent as _stillpoint_v1_RunEvent } from './stillpoint/v1/RunEvent.ts';
import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from './stillpoint/v1/RunRef.ts';
import type { SealRequestInput as _stillpoint_v1_SealRequestInput, SealRequest as _stillpoint_v1_SealRequest } from './stillpoint/v1/SealRequest.ts';
import type { SealResponseInput as _stillpoint_v1_SealResponseInput, SealResponse as _stillpoint_v1_SealResponse } from './stillpoint/v1/SealResponse.ts';
import type { ServerPieceInput as _stillpoint_v1_ServerPieceInput, ServerPiece as _stillpoint_v1_ServerPiece } from './stillpoint/v1/ServerPiece.ts';
import type { ServerStatusInput as _stillpoint_v1_ServerStatusInput, ServerStatus as _stillpoint_v1_ServerStatus } from './stillpoint/v1/ServerStatus.ts';
import type { SnapshotRequestInput as _stillpoint_v1_SnapshotRequestInput, SnapshotRequest as _stillpoint_v1_SnapshotRequest } from './stillpoint/v1/SnapshotRequest.ts';
import type { SnapshotResponseInput as _stillpoint_v1_SnapshotResponseInput, SnapshotResponse as _stillpoint_v1_SnapshotResponse } from './stillpoint/v1/SnapshotResponse.ts';
import type { StageRestoreRequestInput as _stillpoint_v1_StageRestoreRequestInput, StageRestoreRequest as _stillpoint_v1_StageRestoreRequest } from './stillpoint/v1/StageRestoreRequest.ts';
import type { StageRestoreResponseInput as _stillpoint_v1_StageRestoreResponseInput, StageRestoreResponse as _stillpoint_v1_StageRestoreResponse } from './stillpoint/v1/StageRestoreResponse.ts';
import type { StartRestoredRequestInput as _stillpoint_v1_StartRestoredRequestInput, StartRestoredRequest as _stillpoint_v1_StartRestoredRequest } from './stillpoint/v1/StartRestoredRequest.ts';
import type { StartRestoredResponseInput as _stillpoint_v1_StartRestoredResponseInput, StartRestoredResponse as _stillpoint_v1_StartRestoredResponse } from './stillpoint/v1/StartRestoredResponse.ts';
import type { StoreDumpRequestInput as _stillpoint_v1_StoreDumpRequestInput, StoreDumpRequest as _stillpoint_v1_StoreDumpRequest } from './stillpoint/v1/StoreDumpRequest.ts';
import type { StoreDumpResponseInput as _stillpoint_v1_StoreDumpResponseInput, StoreDumpResponse as _stillpoint_v1_StoreDumpResponse } from './stillpoint/v1/StoreDumpResponse.ts';
import type { UndoRestoreRequestInput as _stillpoint_v1_UndoRestoreRequestInput, UndoRestoreRequest as _stillpoint_v1_UndoRestoreRequest } from './stillpoint/v1/UndoRestoreRequest.ts';
import type { UndoRestoreResponseInput as _stillpoint_v1_UndoRestoreResponseInput, UndoRestoreResponse as _stillpoint_v1_UndoRestoreResponse } from './stillpoint/v1/UndoRestoreResponse.ts';
import type { UnreachableServerInput as _stillpoint_v1_UnreachableServerInput, UnreachableServer as _stillpoint_v1_UnreachableServer } from './stillpoint/v1/UnreachableServer.ts';
import type { VerdictInput as _stillpoint_v1_VerdictInput, Verdict as _stillpoint_v1_Verdict } from './stillpoint/v1/Verdict.ts';
import type { VerifyBackupRequestInput as _stillpoint_v1_VerifyBackupRequestInput, VerifyBackupRequest as _stillpoint_v1_VerifyBackupRequest } from './stillpoint/v1/VerifyBackupRequest.ts';
import type { VerifyBackupResponseInput as _stillpoint_v1_VerifyBackupResponseInput, VerifyBackupResponse as _stillpoint_v1_VerifyBackupResponse } from './stillpoint/v1/VerifyBackupResponse.ts';
import type { VerifyPieceRequestInput as _stillpoint_v1_VerifyPieceRequestInput, VerifyPieceRequest as _stillpoint_v1_VerifyPieceRequest } from './stillpoint/v1/VerifyPieceRequest.ts';
import type { VerifyPieceResponseInput as _stillpoint_v1_VerifyPieceResponseInput, VerifyPieceResponse as _stillpoint_v1_VerifyPieceResponse } from './stillpoint/v1/VerifyPieceResponse.ts';
import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from './stillpoint/v1/WriteTransaction.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    protobuf: {
      Timestamp: MessageTypeDefinition<_google_protobuf_TimestampInput, _google_protobuf_Timestamp>
    }
  }
  stillpoint: {
    v1: {
      AbortRequest: MessageTypeDefinition<_stillpoint_v1_AbortRequestInput, _stillpoint_v1_AbortRequest>
      AbortResponse: MessageTypeDefinition<_stillpoint_v1_AbortResponseInput, _stillpoint_v1_AbortResponse>
      /**
       * Agent stops the writes of its server for one backup, links the server's files and keeps them as a piece.
       * 
       * Every call of a run carries a RunRef. An agent refuses (stale-round) what comes with a token smaller than the
       * largest it has seen, and a Lock for a round that is over. Durations are milliseconds of the agent's monotonic clock.
       */
      Agent: SubtypeConstructor<typeof grpc.Client, _stillpoint_v1_AgentClient> & { service: _stillpoint_v1_AgentDefinition }
      ApplyPlanRequest: MessageTypeDefinition<_stillpoint_v1_ApplyPlanRequestInput, _stillpoint_v1_ApplyPlanRequest>
      ApplyPlanResponse: MessageTypeDefinition<_stillpoint_v1_ApplyPlanResponseInput, _stillpoint_v1_ApplyPlanResponse>
      Backup: MessageTypeDefinition<_stillpoint_v1_BackupInput, _stillpoint_v1_Backup>
      BackupState: EnumTypeDefinition
      Busy: MessageTypeDefinition<_stillpoint_v1_BusyInput, _stillpoint_v1_Busy>
      CancelBackupRequest: MessageTypeDefinition<_stillpoint_v1_CancelBackupRequestInput, _stillpoint_v1_CancelBackupRequest>
      CancelBackupResponse: MessageTypeDefinition<_stillpoint_v1_CancelBackupResponseInput, _stillpoint_v1_CancelBackupResponse>
      Claim: MessageTypeDefinition<_stillpoint_v1_ClaimInput, _stillpoint_v1_Claim>
      CommitRequest: MessageTypeDefinition<_stillpoint_v1_CommitRequestInput, _stillpoint_v1_CommitRequest>
      CommitResponse: MessageTypeDefinition<_stillpoint_v1_CommitResponseInput, _stillpoint_v1_CommitResponse>
      /**
       * Coordinator runs backups and restores over all agents of the cluster.
       */
      Coordinator: SubtypeConstructor<typeof grpc.Client, _stillpoint_v1_CoordinatorClient> & { service: _stillpoint_v1_CoordinatorDefinition }
      CreateBackupRequest: MessageTypeDefinition<_stillpoint_v1_CreateBackupRequestInput, _stillpoint_v1_CreateBackupRequest>
      CreateBackupResponse: MessageTypeDefinition<_stillpoint_v1_CreateBackupResponseInput, _stillpoint_v1_CreateBackupResponse>
      DeleteBackupRequest: MessageTypeDefinition<_stillpoint_v1_DeleteBackupRequestInput, _stillpoint_v1_DeleteBackupRequest>
      DeleteBackupResponse: MessageTypeDefinition<_stillpoint_v1_DeleteBackupResponseInput, _stillpoint_v1_DeleteBackupResponse>
      DeletePieceRequest: MessageTypeDefinition<_stillpoint_v1_DeletePieceRequestInput, _stillpoint_v1_DeletePieceRequest>
      DeletePieceResponse: MessageTypeDefinition<_stillpoint_v1_DeletePieceResponseInput, _stillpoint_v1_DeletePieceResponse>
      DescribeRequest: MessageTypeDefinition<_stillpoint_v1_DescribeRequestInput, _stillpoint_v1_DescribeRequest>
      DescribeResponse: MessageTypeDefinition<_stillpoint_v1_DescribeResponseInput, _stillpoint_v1_DescribeResponse>
      FinishRestoreRequest: MessageTypeDefinition<_stillpoint_v1_FinishRestoreRequestInput, _stillpoint_v1_FinishRestoreRequest>
      FinishRestoreResponse: MessageTypeDefinition<_stillpoint_v1_FinishRestoreResponseInput, _stillpoint_v1_FinishRestoreResponse>
      FlipRestoreRequest: MessageTypeDefinition<_stillpoint_v1_FlipRestoreRequestInput, _stillpoint_v1_FlipRestoreRequest>
      FlipRestoreResponse: MessageTypeDefinition<_stillpoint_v1_FlipRestoreResponseInput, _stillpoint_v1_FlipRestoreResponse>
      Forecast: MessageTypeDefinition<_stillpoint_v1_ForecastInput, _stillpoint_v1_Forecast>
      GetBackupRequest: MessageTypeDefinition<_stillpoint_v1_GetBackupRequestInput, _stillpoint_v1_GetBackupRequest>
      GetBackupResponse: MessageTypeDefinition<_stillpoint_v1_GetBackupResponseInput, _stillpoint_v1_GetBackupResponse>
      GetPlanRequest: MessageTypeDefinition<_stillpoint_v1_GetPlanRequestInput, _stillpoint_v1_GetPlanRequest>
      GetPlanResponse: MessageTypeDefinition<_stillpoint_v1_GetPlanResponseInput, _stillpoint_v1_GetPlanResponse>
      GetStatusRequest: MessageTypeDefinition<_stillpoint_v1_GetStatusRequestInput, _stillpoint_v1_GetStatusRequest>
      GetStatusResponse: MessageTypeDefinition<_stillpoint_v1_GetStatusResponseInput, _stillpoint_v1_GetStatusResponse>
      HoldReport: MessageTypeDefinition<_stillpoint_v1_HoldReportInput, _stillpoint_v1_HoldReport>
      HoldState: MessageTypeDefinition<_stillpoint_v1_HoldStateInput, _stillpoint_v1_HoldState>
      Job: MessageTypeDefinition<_stillpoint_v1_JobInput, _stillpoint_v1_Job>
      ListBackupsRequest: MessageTypeDefinition<_stillpoint_v1_ListBackupsRequestInput, _stillpoint_v1_ListBackupsRequest>
      ListBackupsResponse: MessageTypeDefinition<_stillpoint_v1_ListBackupsResponseInput, _stillpoint_v1_ListBackupsResponse>
      ListPiecesRequest: MessageTypeDefinition<_stillpoint_v1_ListPiecesRequestInput, _stillpoint_v1_ListPiecesRequest>
      ListPiecesResponse: MessageTypeDefinition<_stillpoint_v1_ListPiecesResponseInput, _stillpoint_v1_ListPiecesResponse>
      LockRequest: MessageTypeDefinition<_stillpoint_v1_LockRequestInput, _stillpoint_v1_LockRequest>
      LockResponse: MessageTypeDefinition<_stillpoint_v1_LockResponseInput, _stillpoint_v1_LockResponse>
      Piece: MessageTypeDefinition<_stillpoint_v1_PieceInput, _stillpoint_v1_Piece>
      PlanEntry: MessageTypeDefinition<_stillpoint_v1_PlanEntryInput, _stillpoint_v1_PlanEntry>
      PrepareRequest: MessageTypeDefinition<_stillpoint_v1_PrepareRequestInput, _stillpoint_v1_PrepareRequest>
      PrepareResponse: MessageTypeDefinition<_stillpoint_v1_PrepareResponseInput, _stillpoint_v1_PrepareResponse>
      ReadDumpRequest: MessageTypeDefinition<_stillpoint_v1_ReadDumpRequestInput, _stillpoint_v1_ReadDumpRequest>
      ReadDumpResponse: MessageTypeDefinition<_stillpoint_v1_ReadDumpResponseInput, _stillpoint_v1_ReadDumpResponse>
      ReleaseRequest: MessageTypeDefinition<_stillpoint_v1_ReleaseRequestInput, _stillpoint_v1_ReleaseRequest>
      ReleaseResponse: MessageTypeDefinition<_stillpoint_v1_ReleaseResponseInput, _stillpoint_v1_ReleaseResponse>
      RestoreBackupRequest: MessageTypeDefinition<_stillpoint_v1_RestoreBackupRequestInput, _stillpoint_v1_RestoreBackupRequest>
      RestoreBackupResponse: MessageTypeDefinition<_stillpoint_v1_RestoreBackupResponseInput, _stillpoint_v1_RestoreBackupResponse>
      RestoreResult: MessageTypeDefinition<_stillpoint_v1_RestoreResultInput, _stillpoint_v1_RestoreResult>
      RestoredServer: MessageTypeDefinition<_stillpoint_v1_RestoredServerInput, _stillpoint_v1_RestoredServer>
      RoundReport: MessageTypeDefinition<_stillpoint_v1_RoundReportInput, _stillpoint_v1_RoundReport>
      RunEvent: MessageTypeDefinition<_stillpoint_v1_RunEventInput, _stillpoint_v1_RunEvent>
      RunRef: MessageTypeDefinition<_stillpoint_v1_RunRefInput, _stillpoint_v1_RunRef>
      SealRequest: MessageTypeDefinition<_stillpoint_v1_SealRequestInput, _stillpoint_v1_SealRequest>
      SealResponse: MessageTypeDefinition<_stillpoint_v1_SealResponseInput, _stillpoint_v1_SealResponse>
      ServerPiece: MessageTypeDefinition<_stillpoint_v1_ServerPieceInput, _stillpoint_v1_ServerPiece>
      ServerStatus: MessageTypeDefinition<_stillpoint_v1_ServerStatusInput, _stillpoint_v1_ServerStatus>
      SnapshotRequest: MessageTypeDefinition<_stillpoint_v1_SnapshotRequestInput, _stillpoint_v1_SnapshotRequest>
      SnapshotResponse: MessageTypeDefinition<_stillpoint_v1_SnapshotResponseInput, _stillpoint_v1_SnapshotResponse>
      StageRestoreRequest: MessageTypeDefinition<_stillpoint_v1_StageRestoreRequestInput, _stillpoint_v1_StageRestoreRequest>
      StageRestoreResponse: MessageTypeDefinition<_stillpoint_v1_StageRestoreResponseInput, _stillpoint_v1_StageRestoreResponse>
      StartRestoredRequest: MessageTypeDefinition<_stillpoint_v1_StartRestoredRequestInput, _stillpoint_v1_StartRestoredRequest>
      StartRestoredResponse: MessageTypeDefinition<_stillpoint_v1_StartRestoredResponseInput, _stillpoint_v1_StartRestoredResponse>
      StoreDumpRequest: MessageTypeDefinition<_stillpoint_v1_StoreDumpRequestInput, _stillpoint_v1_StoreDumpRequest>
      StoreDumpResponse: MessageTypeDefinition<_stillpoint_v1_StoreDumpResponseInput, _stillpoint_v1_StoreDumpResponse>
      UndoRestoreRequest: MessageTypeDefinition<_stillpoint_v1_UndoRestoreRequestInput, _stillpoint_v1_UndoRestoreRequest>
      UndoRestoreResponse: MessageTypeDefinition<_stillpoint_v1_UndoRestoreResponseInput, _stillpoint_v1_UndoRestoreResponse>
      UnreachableServer: MessageTypeDefinition<_stillpoint_v1_UnreachableServerInput, _stillpoint_v1_UnreachableServer>
      Verdict: MessageTypeDefinition<_stillpoint_v1_VerdictInput, _stillpoint_v1_Verdict>
      VerifyBackupRequest: MessageTypeDefinition<_stillpoint_v1_VerifyBackupRequestInput, _stillpoint_v1_VerifyBackupRequest>
      VerifyBackupResponse: MessageTypeDefinition<_stillpoint_v1_VerifyBackupResponseInput, _stillpoint_v1_VerifyBackupResponse>
      VerifyPieceRequest: MessageTypeDefinition<_stillpoint_v1_VerifyPieceRequestInput, _stillpoint_v1_VerifyPieceRequest>
      VerifyPieceResponse: MessageTypeDefinition<_stillpoint_v1_VerifyPieceResponseInput, _stillpoint_v1_VerifyPieceResponse>
      WriteTransaction: MessageTypeDefinition<_stillpoint_v1_WriteTransactionInput, _stillpoint_v1_WriteTransaction>
    }
  }
}

