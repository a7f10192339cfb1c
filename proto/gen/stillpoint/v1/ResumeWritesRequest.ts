// Original file: proto/stillpoint/v1/engine.proto


/**
 * ResumeWritesRequest lets writes go on.
 */
export interface ResumeWritesRequestInput {
  /**
   * The id of the StopWrites to end.
   */
  'lockId'?: (string);
}

/**
 * ResumeWritesRequest lets writes go on.
 */
export interface ResumeWritesRequest {
  /**
   * The id of the StopWrites to end.
   */
  'lockId': (string);
}
