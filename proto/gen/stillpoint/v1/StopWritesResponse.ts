// Original file: proto/stillpoint/v1/engine.proto

import type { WritesStoppedInput as _stillpoint_v1_WritesStoppedInput, WritesStopped as _stillpoint_v1_WritesStopped } from '../../stillpoint/v1/WritesStopped.ts';
import type { WritesBusyInput as _stillpoint_v1_WritesBusyInput, WritesBusy as _stillpoint_v1_WritesBusy } from '../../stillpoint/v1/WritesBusy.ts';
import type { WritesExpiredInput as _stillpoint_v1_WritesExpiredInput, WritesExpired as _stillpoint_v1_WritesExpired } from '../../stillpoint/v1/WritesExpired.ts';

/**
 * StopWritesResponse is one event of a stop.
 */
export interface StopWritesResponseInput {
  /**
   * All writes are stopped.
   */
  'stopped'?: (_stillpoint_v1_WritesStoppedInput | null);
  /**
   * Some write transactions did not end in time; writes go on.
   */
  'busy'?: (_stillpoint_v1_WritesBusyInput | null);
  /**
   * The hold ran out; writes go on.
   */
  'expired'?: (_stillpoint_v1_WritesExpiredInput | null);
  /**
   * What happened.
   */
  'event'?: "stopped"|"busy"|"expired";
}

/**
 * StopWritesResponse is one event of a stop.
 */
export interface StopWritesResponse {
  /**
   * All writes are stopped.
   */
  'stopped'?: (_stillpoint_v1_WritesStopped | null);
  /**
   * Some write transactions did not end in time; writes go on.
   */
  'busy'?: (_stillpoint_v1_WritesBusy | null);
  /**
   * The hold ran out; writes go on.
   */
  'expired'?: (_stillpoint_v1_WritesExpired | null);
  /**
   * What happened.
   */
  'event'?: "stopped"|"busy"|"expired";
}
