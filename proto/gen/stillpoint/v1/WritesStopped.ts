// Original file: proto/stillpoint/v1/engine.proto


/**
 * WritesStopped has no fields.
 */
export interface WritesStoppedInput {
}

/**
 * WritesStopped has no fields.
 */
export interface WritesStopped {
}
