// Original file: proto/stillpoint/v1/engine.proto


/**
 * OpenDatabaseResponse has no fields.
 */
export interface OpenDatabaseResponseInput {
}

/**
 * OpenDatabaseResponse has no fields.
 */
export interface OpenDatabaseResponse {
}
