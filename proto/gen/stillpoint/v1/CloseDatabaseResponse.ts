// Original file: proto/stillpoint/v1/engine.proto


/**
 * CloseDatabaseResponse has no fields.
 */
export interface CloseDatabaseResponseInput {
}

/**
 * CloseDatabaseResponse has no fields.
 */
export interface CloseDatabaseResponse {
}
