// Original file: proto/stillpoint/v1/agent.proto


/**
 * FinishRestoreResponse has no fields.
 */
export interface FinishRestoreResponseInput {
}

/**
 * FinishRestoreResponse has no fields.
 */
export interface FinishRestoreResponse {
}
