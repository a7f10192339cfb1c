// Original file: proto/stillpoint/v1/coordinator.proto

import type { BackupInput as _stillpoint_v1_BackupInput, Backup as _stillpoint_v1_Backup } from '../../stillpoint/v1/Backup.ts';

/**
 * GetBackupResponse has the backup.
 */
export interface GetBackupResponseInput {
  /**
   * The backup.
   */
  'backup'?: (_stillpoint_v1_BackupInput | null);
}

/**
 * GetBackupResponse has the backup.
 */
export interface GetBackupResponse {
  /**
   * The backup.
   */
  'backup': (_stillpoint_v1_Backup | null);
}
