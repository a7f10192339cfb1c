// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * GetPlanRequest has no fields.
 */
export interface GetPlanRequestInput {
}

/**
 * GetPlanRequest has no fields.
 */
export interface GetPlanRequest {
}
