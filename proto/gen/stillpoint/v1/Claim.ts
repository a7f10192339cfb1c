// Original file: proto/stillpoint/v1/coordinator.proto

import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Claim is the cluster's only backup slot, taken.
 */
export interface ClaimInput {
  /**
   * The coordinator that has it.
   */
  'holder'?: (string);
  /**
   * The backup that it is for.
   */
  'backupId'?: (string);
  /**
   * Since when, by the holder's clock.
   */
  'since'?: (_google_protobuf_TimestampInput | null);
  /**
   * Its token.
   */
  'token'?: (number | string | Long);
  /**
   * What the run does: "create", "restore", "delete", or "settle" what a dead run left.
   */
  'purpose'?: (string);
}

/**
 * Claim is the cluster's only backup slot, taken.
 */
export interface Claim {
  /**
   * The coordinator that has it.
   */
  'holder': (string);
  /**
   * The backup that it is for.
   */
  'backupId': (string);
  /**
   * Since when, by the holder's clock.
   */
  'since': (_google_protobuf_Timestamp | null);
  /**
   * Its token.
   */
  'token': (number);
  /**
   * What the run does: "create", "restore", "delete", or "settle" what a dead run left.
   */
  'purpose': (string);
}
