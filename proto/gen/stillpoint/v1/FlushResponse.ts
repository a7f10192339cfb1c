// Original file: proto/stillpoint/v1/engine.proto


/**
 * FlushResponse has no fields.
 */
export interface FlushResponseInput {
}

/**
 * FlushResponse has no fields.
 */
export interface FlushResponse {
}
