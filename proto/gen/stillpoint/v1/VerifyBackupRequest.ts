// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * VerifyBackupRequest names a backup.
 */
export interface VerifyBackupRequestInput {
  /**
   * Full id.
   */
  'id'?: (string);
}

/**
 * VerifyBackupRequest names a backup.
 */
export interface VerifyBackupRequest {
  /**
   * Full id.
   */
  'id': (string);
}
