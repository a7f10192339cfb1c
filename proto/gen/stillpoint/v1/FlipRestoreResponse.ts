// Original file: proto/stillpoint/v1/agent.proto


/**
 * FlipRestoreResponse says where the old data is.
 */
export interface FlipRestoreResponseInput {
  /**
   * Full path of the directory with the data that was replaced.
   */
  'failsafeDir'?: (string);
}

/**
 * FlipRestoreResponse says where the old data is.
 */
export interface FlipRestoreResponse {
  /**
   * Full path of the directory with the data that was replaced.
   */
  'failsafeDir': (string);
}
