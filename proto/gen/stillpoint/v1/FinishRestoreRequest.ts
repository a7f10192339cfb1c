// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * FinishRestoreRequest ends a restore.
 */
export interface FinishRestoreRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
}

/**
 * FinishRestoreRequest ends a restore.
 */
export interface FinishRestoreRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
}
