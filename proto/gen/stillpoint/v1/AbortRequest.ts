// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * AbortRequest removes a piece.
 */
export interface AbortRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * This round and all before it are over.
   */
  'round'?: (number);
}

/**
 * AbortRequest removes a piece.
 */
export interface AbortRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * This round and all before it are over.
   */
  'round': (number);
}
