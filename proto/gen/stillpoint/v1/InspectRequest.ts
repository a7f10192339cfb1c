// Original file: proto/stillpoint/v1/engine.proto


/**
 * InspectRequest has no fields.
 */
export interface InspectRequestInput {
}

/**
 * InspectRequest has no fields.
 */
export interface InspectRequest {
}
