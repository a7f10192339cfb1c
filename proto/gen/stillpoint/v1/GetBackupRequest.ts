// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * GetBackupRequest names a backup.
 */
export interface GetBackupRequestInput {
  /**
   * Full id.
   */
  'id'?: (string);
}

/**
 * GetBackupRequest names a backup.
 */
export interface GetBackupRequest {
  /**
   * Full id.
   */
  'id': (string);
}
