// Original file: proto/stillpoint/v1/coordinator.proto

/**
 * BackupState is what a backup is worth.
 */
export const BackupState = {
  /**
   * Never sent.
   */
  BACKUP_STATE_UNSPECIFIED: 'BACKUP_STATE_UNSPECIFIED',
  /**
   * All pieces are there and show one cut.
   */
  BACKUP_STATE_COMPLETE: 'BACKUP_STATE_COMPLETE',
  /**
   * Pieces are missing, or their agents cannot be asked, or their META does not agree.
   */
  BACKUP_STATE_PARTIAL: 'BACKUP_STATE_PARTIAL',
  /**
   * All pieces are there, but they were taken without a lock.
   */
  BACKUP_STATE_INCONSISTENT: 'BACKUP_STATE_INCONSISTENT',
} as const;

/**
 * BackupState is what a backup is worth.
 */
export type BackupStateInput =
  /**
   * Never sent.
   */
  | 'BACKUP_STATE_UNSPECIFIED'
  | 0
  /**
   * All pieces are there and show one cut.
   */
  | 'BACKUP_STATE_COMPLETE'
  | 1
  /**
   * Pieces are missing, or their agents cannot be asked, or their META does not agree.
   */
  | 'BACKUP_STATE_PARTIAL'
  | 2
  /**
   * All pieces are there, but they were taken without a lock.
   */
  | 'BACKUP_STATE_INCONSISTENT'
  | 3

/**
 * BackupState is what a backup is worth.
 */
export type BackupState = typeof BackupState[keyof typeof BackupState]
