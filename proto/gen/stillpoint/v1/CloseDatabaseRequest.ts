// Original file: proto/stillpoint/v1/engine.proto


/**
 * CloseDatabaseRequest has no fields.
 */
export interface CloseDatabaseRequestInput {
}

/**
 * CloseDatabaseRequest has no fields.
 */
export interface CloseDatabaseRequest {
}
