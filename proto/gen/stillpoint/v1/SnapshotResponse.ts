// Original file: proto/stillpoint/v1/agent.proto

import type { HoldReportInput as _stillpoint_v1_HoldReportInput, HoldReport as _stillpoint_v1_HoldReport } from '../../stillpoint/v1/HoldReport.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * SnapshotResponse says that the cut is made and that writes go on.
 */
export interface SnapshotResponseInput {
  /**
   * The hold, from stop to resume. Absent when taken without one.
   */
  'hold'?: (_stillpoint_v1_HoldReportInput | null);
  /**
   * From the arrival of Snapshot to the last link, in milliseconds.
   */
  'snapshotMs'?: (number | string);
  /**
   * Files linked or copied under the lock.
   */
  'deltaFiles'?: (number | string | Long);
  /**
   * Files in the cut; Seal takes out those that no manifest of the piece names.
   */
  'files'?: (number | string | Long);
}

/**
 * SnapshotResponse says that the cut is made and that writes go on.
 */
export interface SnapshotResponse {
  /**
   * The hold, from stop to resume. Absent when taken without one.
   */
  'hold': (_stillpoint_v1_HoldReport | null);
  /**
   * From the arrival of Snapshot to the last link, in milliseconds.
   */
  'snapshotMs': (number);
  /**
   * Files linked or copied under the lock.
   */
  'deltaFiles': (number);
  /**
   * Files in the cut; Seal takes out those that no manifest of the piece names.
   */
  'files': (number);
}
