// Original file: proto/stillpoint/v1/coordinator.proto

import type { RunEventInput as _stillpoint_v1_RunEventInput, RunEvent as _stillpoint_v1_RunEvent } from '../../stillpoint/v1/RunEvent.ts';
import type { BackupInput as _stillpoint_v1_BackupInput, Backup as _stillpoint_v1_Backup } from '../../stillpoint/v1/Backup.ts';
import type { ForecastInput as _stillpoint_v1_ForecastInput, Forecast as _stillpoint_v1_Forecast } from '../../stillpoint/v1/Forecast.ts';

/**
 * CreateBackupResponse is an event of the run, or its result.
 */
export interface CreateBackupResponseInput {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEventInput | null);
  /**
   * The backup is committed on every server. Last message.
   */
  'backup'?: (_stillpoint_v1_BackupInput | null);
  /**
   * How a backup would begin. Last message of a dry run.
   */
  'forecast'?: (_stillpoint_v1_ForecastInput | null);
  /**
   * What it is.
   */
  'message'?: "event"|"backup"|"forecast";
}

/**
 * CreateBackupResponse is an event of the run, or its result.
 */
export interface CreateBackupResponse {
  /**
   * Something happened.
   */
  'event'?: (_stillpoint_v1_RunEvent | null);
  /**
   * The backup is committed on every server. Last message.
   */
  'backup'?: (_stillpoint_v1_Backup | null);
  /**
   * How a backup would begin. Last message of a dry run.
   */
  'forecast'?: (_stillpoint_v1_Forecast | null);
  /**
   * What it is.
   */
  'message'?: "event"|"backup"|"forecast";
}
