// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * StageRestoreRequest asks to build the data directory that a backup shows.
 */
export interface StageRestoreRequestInput {
  /**
   * The run; its backup_id is the backup to restore.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * The server whose piece is restored: this one, or the one that it replaces.
   */
  'pieceServerId'?: (string);
  /**
   * Check only; build nothing.
   */
  'dryRun'?: (boolean);
  /**
   * Restore although the piece comes from an engine of another version.
   */
  'ignoreVersion'?: (boolean);
}

/**
 * StageRestoreRequest asks to build the data directory that a backup shows.
 */
export interface StageRestoreRequest {
  /**
   * The run; its backup_id is the backup to restore.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * The server whose piece is restored: this one, or the one that it replaces.
   */
  'pieceServerId': (string);
  /**
   * Check only; build nothing.
   */
  'dryRun': (boolean);
  /**
   * Restore although the piece comes from an engine of another version.
   */
  'ignoreVersion': (boolean);
}
