import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AbortTransactionsRequestInput as _stillpoint_v1_AbortTransactionsRequestInput, AbortTransactionsRequest as _stillpoint_v1_AbortTransactionsRequest } from './stillpoint/v1/AbortTransactionsRequest.ts';
import type { AbortTransactionsResponseInput as _stillpoint_v1_AbortTransactionsResponseInput, AbortTransactionsResponse as _stillpoint_v1_AbortTransactionsResponse } from './stillpoint/v1/AbortTransactionsResponse.ts';
import type { CloseDatabaseRequestInput as _stillpoint_v1_CloseDatabaseRequestInput, CloseDatabaseRequest as _stillpoint_v1_CloseDatabaseRequest } from './stillpoint/v1/CloseDatabaseRequest.ts';
import type { CloseDatabaseResponseInput as _stillpoint_v1_CloseDatabaseResponseInput, CloseDatabaseResponse as _stillpoint_v1_CloseDatabaseResponse } from './stillpoint/v1/CloseDatabaseResponse.ts';
import type { EngineClient as _stillpoint_v1_EngineClient, EngineDefinition as _stillpoint_v1_EngineDefinition } from './stillpoint/v1/Engine.ts';
import type { FlushRequestInput as _stillpoint_v1_FlushRequestInput, FlushRequest as _stillpoint_v1_FlushRequest } from './stillpoint/v1/FlushRequest.ts';
import type { FlushResponseInput as _stillpoint_v1_FlushResponseInput, FlushResponse as _stillpoint_v1_FlushResponse } from './stillpoint/v1/FlushResponse.ts';
import type { InspectRequestInput as _stillpoint_v1_InspectRequestInput, InspectRequest as _stillpoint_v1_InspectRequest } from './stillpoint/v1/InspectRequest.ts';
import type { InspectResponseInput as _stillpoint_v1_InspectResponseInput, InspectResponse as _stillpoint_v1_InspectResponse } from './stillpoint/v1/InspectResponse.ts';
import type { OpenDatabaseRequestInput as _stillpoint_v1_OpenDatabaseRequestInput, OpenDatabaseRequest as _stillpoint_v1_OpenDatabaseRequest } from './stillpoint/v1/OpenDatabaseRequest.ts';
import type { OpenDatabaseResponseInput as _stillpoint_v1_OpenDatabaseResponseInput, OpenDatabaseResponse as _stillpoint_v1_OpenDatabaseResponse } from './stillpoint/v1/OpenDatabaseResponse.ts';
import type { OpenWriteInput as _stillpoint_v1_OpenWriteInput, OpenWrite as _stillpoint_v1_OpenWrite } from './stillpoint/v1/OpenWrite.ts';
import type { ResumeWritesRequestInput as _stillpoint_v1_ResumeWritesRequestInput, ResumeWritesRequest as _stillpoint_v1_ResumeWritesRequest } from './stillpoint/v1/ResumeWritesRequest.ts';
import type { ResumeWritesResponseInput as _stillpoint_v1_ResumeWritesResponseInput, ResumeWritesResponse as _stillpoint_v1_ResumeWritesResponse } from './stillpoint/v1/ResumeWritesResponse.ts';
import type { StopWritesRequestInput as _stillpoint_v1_StopWritesRequestInput, StopWritesRequest as _stillpoint_v1_StopWritesRequest } from './stillpoint/v1/StopWritesRequest.ts';
import type { StopWritesResponseInput as _stillpoint_v1_StopWritesResponseInput, StopWritesResponse as _stillpoint_v1_StopWritesResponse } from './stillpoint/v1/StopWritesResponse.ts';
import type { WritesBusyInput as _stillpoint_v1_WritesBusyInput, WritesBusy as _stillpoint_v1_WritesBusy } from './stillpoint/v1/WritesBusy.ts';
import type { WritesExpiredInput as _stillpoint_v1_WritesExpiredInput, WritesExpired as _stillpoint_v1_WritesExpired } from './stillpoint/v1/WritesExpired.ts';
import type { WritesStoppedInput as _stillpoint_v1_WritesStoppedInput, WritesStopped as _stillpoint_v1_WritesStopped } from './stillpoint/v1/WritesStopped.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  stillpoint: {
    v1: {
      AbortTransactionsRequest: MessageTypeDefinition<_stillpoint_v1_AbortTransactionsRequestInput, _stillpoint_v1_AbortTransactionsRequest>
      AbortTransactionsResponse: MessageTypeDefinition<_stillpoint_v1_AbortTransactionsResponseInput, _stillpoint_v1_AbortTransactionsResponse>
      CloseDatabaseRequest: MessageTypeDefinition<_stillpoint_v1_CloseDatabaseRequestInput, _stillpoint_v1_CloseDatabaseRequest>
      CloseDatabaseResponse: MessageTypeDefinition<_stillpoint_v1_CloseDatabaseResponseInput, _stillpoint_v1_CloseDatabaseResponse>
      /**
       * Engine is served by the database server itself. Only the agent beside it calls it.
       */
      Engine: SubtypeConstructor<typeof grpc.Client, _stillpoint_v1_EngineClient> & { service: _stillpoint_v1_EngineDefinition }
      FlushRequest: MessageTypeDefinition<_stillpoint_v1_FlushRequestInput, _stillpoint_v1_FlushRequest>
      FlushResponse: MessageTypeDefinition<_stillpoint_v1_FlushResponseInput, _stillpoint_v1_FlushResponse>
      InspectRequest: MessageTypeDefinition<_stillpoint_v1_InspectRequestInput, _stillpoint_v1_InspectRequest>
      InspectResponse: MessageTypeDefinition<_stillpoint_v1_InspectResponseInput, _stillpoint_v1_InspectResponse>
      OpenDatabaseRequest: MessageTypeDefinition<_stillpoint_v1_OpenDatabaseRequestInput, _stillpoint_v1_OpenDatabaseRequest>
      OpenDatabaseResponse: MessageTypeDefinition<_stillpoint_v1_OpenDatabaseResponseInput, _stillpoint_v1_OpenDatabaseResponse>
      OpenWrite: MessageTypeDefinition<_stillpoint_v1_OpenWriteInput, _stillpoint_v1_OpenWrite>
      ResumeWritesRequest: MessageTypeDefinition<_stillpoint_v1_ResumeWritesRequestInput, _stillpoint_v1_ResumeWritesRequest>
      ResumeWritesResponse: MessageTypeDefinition<_stillpoint_v1_ResumeWritesResponseInput, _stillpoint_v1_ResumeWritesResponse>
      StopWritesRequest: MessageTypeDefinition<_stillpoint_v1_StopWritesRequestInput, _stillpoint_v1_StopWritesRequest>
      StopWritesResponse: MessageTypeDefinition<_stillpoint_v1_StopWritesResponseInput, _stillpoint_v1_StopWritesResponse>
      WritesBusy: MessageTypeDefinition<_stillpoint_v1_WritesBusyInput, _stillpoint_v1_WritesBusy>
      WritesExpired: MessageTypeDefinition<_stillpoint_v1_WritesExpiredInput, _stillpoint_v1_WritesExpired>
      WritesStopped: MessageTypeDefinition<_stillpoint_v1_WritesStoppedInput, _stillpoint_v1_WritesStopped>
    }
  }
}

