// Original file: proto/stillpoint/v1/coordinator.proto

import type { PlanEntryInput as _stillpoint_v1_PlanEntryInput, PlanEntry as _stillpoint_v1_PlanEntry } from '../../stillpoint/v1/PlanEntry.ts';

/**
 * ApplyPlanRequest has what should stand in the Plan.
 */
export interface ApplyPlanRequestInput {
  /**
   * Keys to write. Keys of the same sections (first part of the key) that are not named here are removed.
   */
  'entries'?: (_stillpoint_v1_PlanEntryInput)[];
}

/**
 * ApplyPlanRequest has what should stand in the Plan.
 */
export interface ApplyPlanRequest {
  /**
   * Keys to write. Keys of the same sections (first part of the key) that are not named here are removed.
   */
  'entries': (_stillpoint_v1_PlanEntry)[];
}
