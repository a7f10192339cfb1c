// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * CancelBackupRequest names a run.
 */
export interface CancelBackupRequestInput {
  /**
   * Full id of the backup; empty for whatever this coordinator runs.
   */
  'id'?: (string);
}

/**
 * CancelBackupRequest names a run.
 */
export interface CancelBackupRequest {
  /**
   * Full id of the backup; empty for whatever this coordinator runs.
   */
  'id': (string);
}
