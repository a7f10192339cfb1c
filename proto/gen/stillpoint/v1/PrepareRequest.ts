// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * PrepareRequest starts or goes on with a piece.
 */
export interface PrepareRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * PrepareRequest starts or goes on with a piece.
 */
export interface PrepareRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
