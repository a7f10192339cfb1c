// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * SnapshotRequest asks for the cut.
 */
export interface SnapshotRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * The round whose hold the cut must be made under.
   */
  'round'?: (number);
  /**
   * Take the piece without any hold; the backup is marked INCONSISTENT.
   */
  'withoutHold'?: (boolean);
}

/**
 * SnapshotRequest asks for the cut.
 */
export interface SnapshotRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * The round whose hold the cut must be made under.
   */
  'round': (number);
  /**
   * Take the piece without any hold; the backup is marked INCONSISTENT.
   */
  'withoutHold': (boolean);
}
