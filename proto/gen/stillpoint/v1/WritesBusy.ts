// Original file: proto/stillpoint/v1/engine.proto

import type { OpenWriteInput as _stillpoint_v1_OpenWriteInput, OpenWrite as _stillpoint_v1_OpenWrite } from '../../stillpoint/v1/OpenWrite.ts';

/**
 * WritesBusy names who was in the way.
 */
export interface WritesBusyInput {
  /**
   * Oldest first.
   */
  'blockers'?: (_stillpoint_v1_OpenWriteInput)[];
}

/**
 * WritesBusy names who was in the way.
 */
export interface WritesBusy {
  /**
   * Oldest first.
   */
  'blockers': (_stillpoint_v1_OpenWrite)[];
}
