// Original file: proto/stillpoint/v1/agent.proto


/**
 * UndoRestoreResponse says what was undone.
 */
export interface UndoRestoreResponseInput {
  /**
   * Whether the server had been flipped, has its old data again and waits for StartRestored.
   */
  'flippedBack'?: (boolean);
}

/**
 * UndoRestoreResponse says what was undone.
 */
export interface UndoRestoreResponse {
  /**
   * Whether the server had been flipped, has its old data again and waits for StartRestored.
   */
  'flippedBack': (boolean);
}
