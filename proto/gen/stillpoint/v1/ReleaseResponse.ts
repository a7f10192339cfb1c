// Original file: proto/stillpoint/v1/agent.proto

import type { HoldReportInput as _stillpoint_v1_HoldReportInput, HoldReport as _stillpoint_v1_HoldReport } from '../../stillpoint/v1/HoldReport.ts';

/**
 * ReleaseResponse tells of the hold that this round had.
 */
export interface ReleaseResponseInput {
  /**
   * The hold of the round that was released. Absent if this agent had none.
   */
  'hold'?: (_stillpoint_v1_HoldReportInput | null);
}

/**
 * ReleaseResponse tells of the hold that this round had.
 */
export interface ReleaseResponse {
  /**
   * The hold of the round that was released. Absent if this agent had none.
   */
  'hold': (_stillpoint_v1_HoldReport | null);
}
