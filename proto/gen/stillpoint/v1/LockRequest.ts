// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * LockRequest asks for all writes of the server to be stopped.
 */
export interface LockRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * Number of the round, from 1 up, over the whole run.
   */
  'round'?: (number);
  /**
   * How long the agent may try, in milliseconds, 0 to 3,600,000.
   */
  'waitMs'?: (number | string | Long);
  /**
   * How long writes may stay stopped from the moment they are, in milliseconds, 1 to 3,600,000.
   * A hard bound on how long a dead coordinator can stop writes.
   */
  'holdMs'?: (number | string | Long);
  /**
   * Abort the write transactions that are in the way.
   */
  'abortBlockers'?: (boolean);
}

/**
 * LockRequest asks for all writes of the server to be stopped.
 */
export interface LockRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * Number of the round, from 1 up, over the whole run.
   */
  'round': (number);
  /**
   * How long the agent may try, in milliseconds, 0 to 3,600,000.
   */
  'waitMs': (number);
  /**
   * How long writes may stay stopped from the moment they are, in milliseconds, 1 to 3,600,000.
   * A hard bound on how long a dead coordinator can stop writes.
   */
  'holdMs': (number);
  /**
   * Abort the write transactions that are in the way.
   */
  'abortBlockers': (boolean);
}
