// Original file: proto/stillpoint/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * ApplyPlanResponse says what changed.
 */
export interface ApplyPlanResponseInput {
  /**
   * The agency's revision of the Plan now.
   */
  'revision'?: (number | string | Long);
  /**
   * Keys that were written.
   */
  'written'?: (string)[];
  /**
   * Keys that were removed.
   */
  'removed'?: (string)[];
}

/**
 * ApplyPlanResponse says what changed.
 */
export interface ApplyPlanResponse {
  /**
   * The agency's revision of the Plan now.
   */
  'revision': (number);
  /**
   * Keys that were written.
   */
  'written': (string)[];
  /**
   * Keys that were removed.
   */
  'removed': (string)[];
}
