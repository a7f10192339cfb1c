// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * RestoreBackupRequest says how to restore.
 */
export interface RestoreBackupRequestInput {
  /**
   * Full id.
   */
  'id'?: (string);
  /**
   * Check everything, change nothing.
   */
  'dryRun'?: (boolean);
  /**
   * From a server of the backup to the server of today's cluster that gets its data. Servers not named map to
   * themselves.
   */
  'serverMap'?: ({[key: string]: string});
  /**
   * Restore although the database servers have another version than in the backup.
   */
  'ignoreVersion'?: (boolean);
  /**
   * Restore a backup that was taken without a lock.
   */
  'allowInconsistent'?: (boolean);
}

/**
 * RestoreBackupRequest says how to restore.
 */
export interface RestoreBackupRequest {
  /**
   * Full id.
   */
  'id': (string);
  /**
   * Check everything, change nothing.
   */
  'dryRun': (boolean);
  /**
   * From a server of the backup to the server of today's cluster that gets its data. Servers not named map to
   * themselves.
   */
  'serverMap': ({[key: string]: string});
  /**
   * Restore although the database servers have another version than in the backup.
   */
  'ignoreVersion': (boolean);
  /**
   * Restore a backup that was taken without a lock.
   */
  'allowInconsistent': (boolean);
}
