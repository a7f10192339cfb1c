// Original file: proto/stillpoint/v1/coordinator.proto

import type { RunEventInput as _stillpoint_v1_RunEventInput, RunEvent as _stillpoint_v1_RunEvent } from '../../stillpoint/v1/RunEvent.ts';
import type { RestoreResultInput as _stillpoint_v1_RestoreResultInput, RestoreResult as _stillpoint_v1_RestoreResult } from '../../stillpoint/v1/RestoreResult.ts';

/**
 * RestoreBackupResponse is an event, or the result.
 */
export interface RestoreBackupResponseInput {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEventInput | null);
  /**
   * All servers show the backup, or could be made to in a dry run. Last message.
   */
  'result'?: (_stillpoint_v1_RestoreResultInput | null);
  /**
   * What it is.
   */
  'message'?: "event"|"result";
}

/**
 * RestoreBackupResponse is an event, or the result.
 */
export interface RestoreBackupResponse {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEvent | null);
  /**
   * All servers show the backup, or could be made to in a dry run. Last message.
   */
  'result'?: (_stillpoint_v1_RestoreResult | null);
  /**
   * What it is.
   */
  'message'?: "event"|"result";
}
