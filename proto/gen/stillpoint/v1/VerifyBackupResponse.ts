// Original file: proto/stillpoint/v1/coordinator.proto

import type { RunEventInput as _stillpoint_v1_RunEventInput, RunEvent as _stillpoint_v1_RunEvent } from '../../stillpoint/v1/RunEvent.ts';
import type { VerdictInput as _stillpoint_v1_VerdictInput, Verdict as _stillpoint_v1_Verdict } from '../../stillpoint/v1/Verdict.ts';

/**
 * VerifyBackupResponse is progress, or the verdict.
 */
export interface VerifyBackupResponseInput {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEventInput | null);
  /**
   * The verdict. Last message.
   */
  'verdict'?: (_stillpoint_v1_VerdictInput | null);
  /**
   * What it is.
   */
  'message'?: "event"|"verdict";
}

/**
 * VerifyBackupResponse is progress, or the verdict.
 */
export interface VerifyBackupResponse {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEvent | null);
  /**
   * The verdict. Last message.
   */
  'verdict'?: (_stillpoint_v1_Verdict | null);
  /**
   * What it is.
   */
  'message'?: "event"|"verdict";
}
