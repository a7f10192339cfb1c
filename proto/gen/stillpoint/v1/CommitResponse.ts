// Original file: proto/stillpoint/v1/agent.proto


/**
 * CommitResponse has no fields.
 */
export interface CommitResponseInput {
}

/**
 * CommitResponse has no fields.
 */
export interface CommitResponse {
}
