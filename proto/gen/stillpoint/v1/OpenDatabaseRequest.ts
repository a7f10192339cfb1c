// Original file: proto/stillpoint/v1/engine.proto


/**
 * OpenDatabaseRequest has no fields.
 */
export interface OpenDatabaseRequestInput {
}

/**
 * OpenDatabaseRequest has no fields.
 */
export interface OpenDatabaseRequest {
}
