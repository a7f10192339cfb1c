// Original file: proto/stillpoint/v1/coordinator.proto

import type { BackupStateInput as _stillpoint_v1_BackupStateInput, BackupState as _stillpoint_v1_BackupState } from '../../stillpoint/v1/BackupState.ts';
import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';
import type { RoundReportInput as _stillpoint_v1_RoundReportInput, RoundReport as _stillpoint_v1_RoundReport } from '../../stillpoint/v1/RoundReport.ts';
import type { ServerPieceInput as _stillpoint_v1_ServerPieceInput, ServerPiece as _stillpoint_v1_ServerPiece } from '../../stillpoint/v1/ServerPiece.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Backup is a backup of the cluster.
 */
export interface BackupInput {
  /**
   * Full id.
   */
  'id'?: (string);
  /**
   * The label, or the UUID that stands for it.
   */
  'label'?: (string);
  /**
   * What it is worth.
   */
  'state'?: (_stillpoint_v1_BackupStateInput);
  /**
   * When it was begun.
   */
  'createdAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * Bytes of all pieces.
   */
  'sizeInBytes'?: (number | string | Long);
  /**
   * Files of all pieces.
   */
  'nrFiles'?: (number | string | Long);
  /**
   * Number of servers that it consists of, present or not.
   */
  'nrDbServers'?: (number);
  /**
   * Whether it was taken without a lock.
   */
  'potentiallyInconsistent'?: (boolean);
  /**
   * The agency's revision of the Plan in it.
   */
  'planRevision'?: (number | string | Long);
  /**
   * Token of the run.
   */
  'token'?: (number | string | Long);
  /**
   * Dead time: sum of the stalls of all servers in all rounds, in milliseconds. From the record; 0 if that is lost.
   */
  'deadTimeMs'?: (number | string);
  /**
   * The rounds. From the record; empty if that is lost.
   */
  'rounds'?: (_stillpoint_v1_RoundReportInput)[];
  /**
   * One for every server of the backup.
   */
  'servers'?: (_stillpoint_v1_ServerPieceInput)[];
  /**
   * What is wrong with it, for a person.
   */
  'problems'?: (string)[];
}

/**
 * Backup is a backup of the cluster.
 */
export interface Backup {
  /**
   * Full id.
   */
  'id': (string);
  /**
   * The label, or the UUID that stands for it.
   */
  'label': (string);
  /**
   * What it is worth.
   */
  'state': (_stillpoint_v1_BackupState);
  /**
   * When it was begun.
   */
  'createdAt': (_google_protobuf_Timestamp | null);
  /**
   * Bytes of all pieces.
   */
  'sizeInBytes': (number);
  /**
   * Files of all pieces.
   */
  'nrFiles': (number);
  /**
   * Number of servers that it consists of, present or not.
   */
  'nrDbServers': (number);
  /**
   * Whether it was taken without a lock.
   */
  'potentiallyInconsistent': (boolean);
  /**
   * The agency's revision of the Plan in it.
   */
  'planRevision': (number);
  /**
   * Token of the run.
   */
  'token': (number);
  /**
   * Dead time: sum of the stalls of all servers in all rounds, in milliseconds. From the record; 0 if that is lost.
   */
  'deadTimeMs': (number);
  /**
   * The rounds. From the record; empty if that is lost.
   */
  'rounds': (_stillpoint_v1_RoundReport)[];
  /**
   * One for every server of the backup.
   */
  'servers': (_stillpoint_v1_ServerPiece)[];
  /**
   * What is wrong with it, for a person.
   */
  'problems': (string)[];
}
