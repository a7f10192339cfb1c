// Original file: proto/stillpoint/v1/agent.proto

import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';
import type { HoldReportInput as _stillpoint_v1_HoldReportInput, HoldReport as _stillpoint_v1_HoldReport } from '../../stillpoint/v1/HoldReport.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Piece is one server's part of a backup, as META.json has it.
 */
export interface PieceInput {
  /**
   * Full id of the backup.
   */
  'backupId'?: (string);
  /**
   * The label, or the UUID that stands for it.
   */
  'label'?: (string);
  /**
   * The server that the piece was taken from.
   */
  'serverId'?: (string);
  /**
   * The ids of all servers of the backup, sorted.
   */
  'serverIds'?: (string)[];
  /**
   * When the backup was begun.
   */
  'createdAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * Kind of engine.
   */
  'engine'?: (string);
  /**
   * The database server's version then.
   */
  'engineVersion'?: (string);
  /**
   * Files in the piece, META.json, plan.json and SHA256SUMS not counted.
   */
  'files'?: (number | string | Long);
  /**
   * Bytes in those files.
   */
  'bytes'?: (number | string | Long);
  /**
   * Token of the run.
   */
  'token'?: (number | string | Long);
  /**
   * The agency's revision of the Plan that was dumped.
   */
  'planRevision'?: (number | string | Long);
  /**
   * The hold that the cut was made under. Absent if taken without one.
   */
  'hold'?: (_stillpoint_v1_HoldReportInput | null);
  /**
   * From the arrival of Snapshot to the last link, in milliseconds.
   */
  'snapshotMs'?: (number | string);
  /**
   * When the cut was made, by the agent's clock: after held_at and before ended_at of the hold.
   */
  'cutAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * Whether the piece was taken without a lock.
   */
  'potentiallyInconsistent'?: (boolean);
  /**
   * What is wrong with the piece, for a person; empty if META.json can be read.
   */
  'problem'?: (string);
}

/**
 * Piece is one server's part of a backup, as META.json has it.
 */
export interface Piece {
  /**
   * Full id of the backup.
   */
  'backupId': (string);
  /**
   * The label, or the UUID that stands for it.
   */
  'label': (string);
  /**
   * The server that the piece was taken from.
   */
  'serverId': (string);
  /**
   * The ids of all servers of the backup, sorted.
   */
  'serverIds': (string)[];
  /**
   * When the backup was begun.
   */
  'createdAt': (_google_protobuf_Timestamp | null);
  /**
   * Kind of engine.
   */
  'engine': (string);
  /**
   * The database server's version then.
   */
  'engineVersion': (string);
  /**
   * Files in the piece, META.json, plan.json and SHA256SUMS not counted.
   */
  'files': (number);
  /**
   * Bytes in those files.
   */
  'bytes': (number);
  /**
   * Token of the run.
   */
  'token': (number);
  /**
   * The agency's revision of the Plan that was dumped.
   */
  'planRevision': (number);
  /**
   * The hold that the cut was made under. Absent if taken without one.
   */
  'hold': (_stillpoint_v1_HoldReport | null);
  /**
   * From the arrival of Snapshot to the last link, in milliseconds.
   */
  'snapshotMs': (number);
  /**
   * When the cut was made, by the agent's clock: after held_at and before ended_at of the hold.
   */
  'cutAt': (_google_protobuf_Timestamp | null);
  /**
   * Whether the piece was taken without a lock.
   */
  'potentiallyInconsistent': (boolean);
  /**
   * What is wrong with the piece, for a person; empty if META.json can be read.
   */
  'problem': (string);
}
