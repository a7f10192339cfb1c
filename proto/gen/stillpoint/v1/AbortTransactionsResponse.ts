// Original file: proto/stillpoint/v1/engine.proto


/**
 * AbortTransactionsResponse says what was aborted.
 */
export interface AbortTransactionsResponseInput {
  /**
   * Number of transactions aborted.
   */
  'aborted'?: (number);
}

/**
 * AbortTransactionsResponse says what was aborted.
 */
export interface AbortTransactionsResponse {
  /**
   * Number of transactions aborted.
   */
  'aborted': (number);
}
