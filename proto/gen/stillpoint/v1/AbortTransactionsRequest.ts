// Original file: proto/stillpoint/v1/engine.proto


/**
 * AbortTransactionsRequest names what to abort.
 */
export interface AbortTransactionsRequestInput {
  /**
   * Ids of open writes; empty for all.
   */
  'ids'?: (string)[];
}

/**
 * AbortTransactionsRequest names what to abort.
 */
export interface AbortTransactionsRequest {
  /**
   * Ids of open writes; empty for all.
   */
  'ids': (string)[];
}
