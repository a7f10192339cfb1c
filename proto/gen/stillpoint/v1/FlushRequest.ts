// Original file: proto/stillpoint/v1/engine.proto


/**
 * FlushRequest has no fields.
 */
export interface FlushRequestInput {
}

/**
 * FlushRequest has no fields.
 */
export interface FlushRequest {
}
