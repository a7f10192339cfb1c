// Original file: proto/stillpoint/v1/coordinator.proto

import type { PlanEntryInput as _stillpoint_v1_PlanEntryInput, PlanEntry as _stillpoint_v1_PlanEntry } from '../../stillpoint/v1/PlanEntry.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * GetPlanResponse has the Plan.
 */
export interface GetPlanResponseInput {
  /**
   * The agency's revision of the newest key.
   */
  'revision'?: (number | string | Long);
  /**
   * Sorted by key.
   */
  'entries'?: (_stillpoint_v1_PlanEntryInput)[];
}

/**
 * GetPlanResponse has the Plan.
 */
export interface GetPlanResponse {
  /**
   * The agency's revision of the newest key.
   */
  'revision': (number);
  /**
   * Sorted by key.
   */
  'entries': (_stillpoint_v1_PlanEntry)[];
}
