// Original file: proto/stillpoint/v1/agent.proto

import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';
import type { HoldStateInput as _stillpoint_v1_HoldStateInput, HoldState as _stillpoint_v1_HoldState } from '../../stillpoint/v1/HoldState.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * DescribeResponse is the state of one server at one moment.
 */
export interface DescribeResponseInput {
  /**
   * The server's id in the Plan.
   */
  'serverId'?: (string);
  /**
   * The agent's version.
   */
  'agentVersion'?: (string);
  /**
   * Kind of engine, as configured: "grpc", "exec".
   */
  'engine'?: (string);
  /**
   * The database server's version, as it says itself; empty if it cannot tell.
   */
  'engineVersion'?: (string);
  /**
   * Whether the engine can be reached and can stop writes now.
   */
  'healthy'?: (boolean);
  /**
   * Why it is not healthy; empty if it is.
   */
  'problem'?: (string);
  /**
   * Write transactions that are open now, oldest first.
   */
  'openWrites'?: (_stillpoint_v1_WriteTransactionInput)[];
  /**
   * Whether the engine can tell its open write transactions at all.
   */
  'knowsOpenWrites'?: (boolean);
  /**
   * The hold that the agent has now.
   */
  'hold'?: (_stillpoint_v1_HoldStateInput | null);
  /**
   * Full path of the data directory.
   */
  'dataDir'?: (string);
  /**
   * Free bytes on the file system of the data directory.
   */
  'freeBytes'?: (number | string | Long);
  /**
   * Free inodes there; -1 if the file system has no such limit.
   */
  'freeInodes'?: (number | string | Long);
  /**
   * Bytes that a backup will copy; all else is hard links. Like the next three, only with with_files.
   */
  'neededBytes'?: (number | string | Long);
  /**
   * Inodes that a backup will need for its copies and directories; links are free.
   */
  'neededInodes'?: (number | string | Long);
  /**
   * Bytes of all files that a backup will hold.
   */
  'dataBytes'?: (number | string | Long);
  /**
   * Number of files that a backup will hold.
   */
  'dataFiles'?: (number | string | Long);
  /**
   * Whether the data directory and the backups are on one file system, so that hard links can be made.
   */
  'sameFilesystem'?: (boolean);
  /**
   * Number of committed pieces.
   */
  'pieces'?: (number);
  /**
   * Ids of pieces that are not committed.
   */
  'stagedIds'?: (string)[];
  /**
   * Id of the backup whose data a restore has put in place, and on which the server does not work yet; empty if there is
   * none. What is only staged is in nobody's way.
   */
  'pendingRestore'?: (string);
}

/**
 * DescribeResponse is the state of one server at one moment.
 */
export interface DescribeResponse {
  /**
   * The server's id in the Plan.
   */
  'serverId': (string);
  /**
   * The agent's version.
   */
  'agentVersion': (string);
  /**
   * Kind of engine, as configured: "grpc", "exec".
   */
  'engine': (string);
  /**
   * The database server's version, as it says itself; empty if it cannot tell.
   */
  'engineVersion': (string);
  /**
   * Whether the engine can be reached and can stop writes now.
   */
  'healthy': (boolean);
  /**
   * Why it is not healthy; empty if it is.
   */
  'problem': (string);
  /**
   * Write transactions that are open now, oldest first.
   */
  'openWrites': (_stillpoint_v1_WriteTransaction)[];
  /**
   * Whether the engine can tell its open write transactions at all.
   */
  'knowsOpenWrites': (boolean);
  /**
   * The hold that the agent has now.
   */
  'hold': (_stillpoint_v1_HoldState | null);
  /**
   * Full path of the data directory.
   */
  'dataDir': (string);
  /**
   * Free bytes on the file system of the data directory.
   */
  'freeBytes': (number);
  /**
   * Free inodes there; -1 if the file system has no such limit.
   */
  'freeInodes': (number);
  /**
   * Bytes that a backup will copy; all else is hard links. Like the next three, only with with_files.
   */
  'neededBytes': (number);
  /**
   * Inodes that a backup will need for its copies and directories; links are free.
   */
  'neededInodes': (number);
  /**
   * Bytes of all files that a backup will hold.
   */
  'dataBytes': (number);
  /**
   * Number of files that a backup will hold.
   */
  'dataFiles': (number);
  /**
   * Whether the data directory and the backups are on one file system, so that hard links can be made.
   */
  'sameFilesystem': (boolean);
  /**
   * Number of committed pieces.
   */
  'pieces': (number);
  /**
   * Ids of pieces that are not committed.
   */
  'stagedIds': (string)[];
  /**
   * Id of the backup whose data a restore has put in place, and on which the server does not work yet; empty if there is
   * none. What is only staged is in nobody's way.
   */
  'pendingRestore': (string);
}
