// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * StartRestoredRequest starts a server after a flip or its undoing.
 */
export interface StartRestoredRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * After UndoRestore: on the data of before.
   */
  'undone'?: (boolean);
}

/**
 * StartRestoredRequest starts a server after a flip or its undoing.
 */
export interface StartRestoredRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * After UndoRestore: on the data of before.
   */
  'undone': (boolean);
}
