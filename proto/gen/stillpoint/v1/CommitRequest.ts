// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * CommitRequest commits a sealed piece.
 */
export interface CommitRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * CommitRequest commits a sealed piece.
 */
export interface CommitRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
