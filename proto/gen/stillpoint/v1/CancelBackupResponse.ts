// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * CancelBackupResponse says what was cancelled.
 */
export interface CancelBackupResponseInput {
  /**
   * Full id of the backup whose run was cancelled.
   */
  'id'?: (string);
}

/**
 * CancelBackupResponse says what was cancelled.
 */
export interface CancelBackupResponse {
  /**
   * Full id of the backup whose run was cancelled.
   */
  'id': (string);
}
