// Original file: proto/stillpoint/v1/agent.proto


/**
 * LockResponse says that no write can finish on this server until Release, Snapshot or the end of the hold.
 */
export interface LockResponseInput {
  /**
   * From asking the engine to the last write's end, in milliseconds; new writes waited meanwhile.
   */
  'lockWaitMs'?: (number | string);
  /**
   * Write transactions that were aborted, as the engine counts them.
   */
  'abortedTransactions'?: (number);
}

/**
 * LockResponse says that no write can finish on this server until Release, Snapshot or the end of the hold.
 */
export interface LockResponse {
  /**
   * From asking the engine to the last write's end, in milliseconds; new writes waited meanwhile.
   */
  'lockWaitMs': (number);
  /**
   * Write transactions that were aborted, as the engine counts them.
   */
  'abortedTransactions': (number);
}
