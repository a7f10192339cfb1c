// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * UndoRestoreRequest takes a restore back.
 */
export interface UndoRestoreRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * UndoRestoreRequest takes a restore back.
 */
export interface UndoRestoreRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
