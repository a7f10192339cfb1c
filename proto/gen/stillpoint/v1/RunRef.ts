// Original file: proto/stillpoint/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * RunRef names one run of one backup or restore.
 */
export interface RunRefInput {
  /**
   * Full id of the backup: <UTC time>_<label or UUID>, of the characters A-Z a-z 0-9 . _ - only.
   */
  'backupId'?: (string);
  /**
   * The agency's revision at which the run claimed the cluster; a later run has a larger one.
   */
  'token'?: (number | string | Long);
}

/**
 * RunRef names one run of one backup or restore.
 */
export interface RunRef {
  /**
   * Full id of the backup: <UTC time>_<label or UUID>, of the characters A-Z a-z 0-9 . _ - only.
   */
  'backupId': (string);
  /**
   * The agency's revision at which the run claimed the cluster; a later run has a larger one.
   */
  'token': (number);
}
