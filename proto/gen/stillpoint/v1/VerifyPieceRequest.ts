// Original file: proto/stillpoint/v1/agent.proto


/**
 * VerifyPieceRequest asks to check a committed piece.
 */
export interface VerifyPieceRequestInput {
  /**
   * Full id of the backup.
   */
  'backupId'?: (string);
}

/**
 * VerifyPieceRequest asks to check a committed piece.
 */
export interface VerifyPieceRequest {
  /**
   * Full id of the backup.
   */
  'backupId': (string);
}
