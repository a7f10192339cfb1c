// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * ListBackupsRequest has no fields.
 */
export interface ListBackupsRequestInput {
}

/**
 * ListBackupsRequest has no fields.
 */
export interface ListBackupsRequest {
}
