// Original file: proto/stillpoint/v1/agent.proto


/**
 * ListPiecesRequest asks for committed pieces.
 */
export interface ListPiecesRequestInput {
  /**
   * Only this backup's piece; empty for all.
   */
  'backupId'?: (string);
}

/**
 * ListPiecesRequest asks for committed pieces.
 */
export interface ListPiecesRequest {
  /**
   * Only this backup's piece; empty for all.
   */
  'backupId': (string);
}
