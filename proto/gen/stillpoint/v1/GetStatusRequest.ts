// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * GetStatusRequest has no fields.
 */
export interface GetStatusRequestInput {
}

/**
 * GetStatusRequest has no fields.
 */
export interface GetStatusRequest {
}
