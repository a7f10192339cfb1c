// Original file: proto/stillpoint/v1/engine.proto


/**
 * WritesExpired has no fields.
 */
export interface WritesExpiredInput {
}

/**
 * WritesExpired has no fields.
 */
export interface WritesExpired {
}
