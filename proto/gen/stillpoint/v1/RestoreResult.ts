// Original file: proto/stillpoint/v1/coordinator.proto

import type { RestoredServerInput as _stillpoint_v1_RestoredServerInput, RestoredServer as _stillpoint_v1_RestoredServer } from '../../stillpoint/v1/RestoredServer.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * RestoreResult tells what a restore did.
 */
export interface RestoreResultInput {
  /**
   * Full id of the backup.
   */
  'id'?: (string);
  /**
   * Whether this was a dry run.
   */
  'dryRun'?: (boolean);
  /**
   * The agency's revision of the Plan after the restore; in a dry run, of the Plan now.
   */
  'planRevision'?: (number | string | Long);
  /**
   * Keys of the Plan that were written or removed.
   */
  'planChanges'?: (number);
  /**
   * One for every server.
   */
  'servers'?: (_stillpoint_v1_RestoredServerInput)[];
}

/**
 * RestoreResult tells what a restore did.
 */
export interface RestoreResult {
  /**
   * Full id of the backup.
   */
  'id': (string);
  /**
   * Whether this was a dry run.
   */
  'dryRun': (boolean);
  /**
   * The agency's revision of the Plan after the restore; in a dry run, of the Plan now.
   */
  'planRevision': (number);
  /**
   * Keys of the Plan that were written or removed.
   */
  'planChanges': (number);
  /**
   * One for every server.
   */
  'servers': (_stillpoint_v1_RestoredServer)[];
}
