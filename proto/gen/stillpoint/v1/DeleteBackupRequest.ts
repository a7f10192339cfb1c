// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * DeleteBackupRequest names a backup.
 */
export interface DeleteBackupRequestInput {
  /**
   * Full id.
   */
  'id'?: (string);
}

/**
 * DeleteBackupRequest names a backup.
 */
export interface DeleteBackupRequest {
  /**
   * Full id.
   */
  'id': (string);
}
