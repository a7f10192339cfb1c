// Original file: proto/stillpoint/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * CreateBackupRequest says how to take the backup. An absent optional field means the coordinator's configured default.
 */
export interface CreateBackupRequestInput {
  /**
   * Part of the id; of A-Z a-z 0-9 . _ -, 1 to 200 characters. Empty: a UUID.
   */
  'label'?: (string);
  /**
   * Longest time to try to lock all servers, in milliseconds.
   */
  'timeoutMs'?: (number | string | Long);
  /**
   * Wait of the first round, in milliseconds.
   */
  'firstWaitMs'?: (number | string | Long);
  /**
   * Longest wait of a round, in milliseconds.
   */
  'maxWaitMs'?: (number | string | Long);
  /**
   * Longest time that writes of one server may be blocked in one round, in milliseconds; 0: no limit.
   */
  'maxStallMs'?: (number | string | Long);
  /**
   * Longest time between the last lock and the cut, in milliseconds; part of every hold.
   */
  'holdMs'?: (number | string | Long);
  /**
   * Share of the time-out, 0 to 1, that may be spent waiting for long transactions without blocking anybody.
   */
  'patience'?: (number | string);
  /**
   * When the time is up, abort the write transactions in the way and try once more.
   */
  'force'?: (boolean);
  /**
   * When the time is up, take the pieces without a lock and mark the backup INCONSISTENT.
   */
  'allowInconsistent'?: (boolean);
  /**
   * Look only, and tell how a backup would begin.
   */
  'dryRun'?: (boolean);
  '_timeoutMs'?: "timeoutMs";
  '_firstWaitMs'?: "firstWaitMs";
  '_maxWaitMs'?: "maxWaitMs";
  '_maxStallMs'?: "maxStallMs";
  '_holdMs'?: "holdMs";
  '_patience'?: "patience";
}

/**
 * CreateBackupRequest says how to take the backup. An absent optional field means the coordinator's configured default.
 */
export interface CreateBackupRequest {
  /**
   * Part of the id; of A-Z a-z 0-9 . _ -, 1 to 200 characters. Empty: a UUID.
   */
  'label': (string);
  /**
   * Longest time to try to lock all servers, in milliseconds.
   */
  'timeoutMs'?: (number);
  /**
   * Wait of the first round, in milliseconds.
   */
  'firstWaitMs'?: (number);
  /**
   * Longest wait of a round, in milliseconds.
   */
  'maxWaitMs'?: (number);
  /**
   * Longest time that writes of one server may be blocked in one round, in milliseconds; 0: no limit.
   */
  'maxStallMs'?: (number);
  /**
   * Longest time between the last lock and the cut, in milliseconds; part of every hold.
   */
  'holdMs'?: (number);
  /**
   * Share of the time-out, 0 to 1, that may be spent waiting for long transactions without blocking anybody.
   */
  'patience'?: (number);
  /**
   * When the time is up, abort the write transactions in the way and try once more.
   */
  'force': (boolean);
  /**
   * When the time is up, take the pieces without a lock and mark the backup INCONSISTENT.
   */
  'allowInconsistent': (boolean);
  /**
   * Look only, and tell how a backup would begin.
   */
  'dryRun': (boolean);
  '_timeoutMs'?: "timeoutMs";
  '_firstWaitMs'?: "firstWaitMs";
  '_maxWaitMs'?: "maxWaitMs";
  '_maxStallMs'?: "maxStallMs";
  '_holdMs'?: "holdMs";
  '_patience'?: "patience";
}
