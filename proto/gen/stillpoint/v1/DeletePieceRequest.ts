// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * DeletePieceRequest removes a committed piece.
 */
export interface DeletePieceRequestInput {
  /**
   * The run that has the claim.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * DeletePieceRequest removes a committed piece.
 */
export interface DeletePieceRequest {
  /**
   * The run that has the claim.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
