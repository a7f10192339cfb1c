// Original file: proto/stillpoint/v1/coordinator.proto

import type { BackupInput as _stillpoint_v1_BackupInput, Backup as _stillpoint_v1_Backup } from '../../stillpoint/v1/Backup.ts';
import type { UnreachableServerInput as _stillpoint_v1_UnreachableServerInput, UnreachableServer as _stillpoint_v1_UnreachableServer } from '../../stillpoint/v1/UnreachableServer.ts';

/**
 * ListBackupsResponse has the backups.
 */
export interface ListBackupsResponseInput {
  /**
   * Newest first.
   */
  'backups'?: (_stillpoint_v1_BackupInput)[];
  /**
   * Servers whose agents could not be asked; their pieces are missing in the list.
   */
  'unreachable'?: (_stillpoint_v1_UnreachableServerInput)[];
}

/**
 * ListBackupsResponse has the backups.
 */
export interface ListBackupsResponse {
  /**
   * Newest first.
   */
  'backups': (_stillpoint_v1_Backup)[];
  /**
   * Servers whose agents could not be asked; their pieces are missing in the list.
   */
  'unreachable': (_stillpoint_v1_UnreachableServer)[];
}
