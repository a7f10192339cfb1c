// Original file: proto/stillpoint/v1/agent.proto

import type { HoldReportInput as _stillpoint_v1_HoldReportInput, HoldReport as _stillpoint_v1_HoldReport } from '../../stillpoint/v1/HoldReport.ts';

/**
 * AbortResponse tells of the hold that was ended.
 */
export interface AbortResponseInput {
  /**
   * The hold, if there was one.
   */
  'hold'?: (_stillpoint_v1_HoldReportInput | null);
}

/**
 * AbortResponse tells of the hold that was ended.
 */
export interface AbortResponse {
  /**
   * The hold, if there was one.
   */
  'hold': (_stillpoint_v1_HoldReport | null);
}
