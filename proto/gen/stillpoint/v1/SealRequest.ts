// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';
import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * SealRequest completes a piece with what only the coordinator knows.
 */
export interface SealRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * The label, or the UUID that stands for it.
   */
  'label'?: (string);
  /**
   * When the backup was begun.
   */
  'createdAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * The ids of all servers of the backup, sorted.
   */
  'serverIds'?: (string)[];
  /**
   * The agency's revision of the Plan that was dumped.
   */
  'planRevision'?: (number | string | Long);
  /**
   * Whether the pieces were taken without a lock.
   */
  'potentiallyInconsistent'?: (boolean);
  /**
   * The round of the cut that is to be sealed. 0: the cut that is there, for calls by hand.
   */
  'round'?: (number);
}

/**
 * SealRequest completes a piece with what only the coordinator knows.
 */
export interface SealRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * The label, or the UUID that stands for it.
   */
  'label': (string);
  /**
   * When the backup was begun.
   */
  'createdAt': (_google_protobuf_Timestamp | null);
  /**
   * The ids of all servers of the backup, sorted.
   */
  'serverIds': (string)[];
  /**
   * The agency's revision of the Plan that was dumped.
   */
  'planRevision': (number);
  /**
   * Whether the pieces were taken without a lock.
   */
  'potentiallyInconsistent': (boolean);
  /**
   * The round of the cut that is to be sealed. 0: the cut that is there, for calls by hand.
   */
  'round': (number);
}
