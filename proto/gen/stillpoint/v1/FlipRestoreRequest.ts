// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * FlipRestoreRequest puts staged data into place.
 */
export interface FlipRestoreRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * FlipRestoreRequest puts staged data into place.
 */
export interface FlipRestoreRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
