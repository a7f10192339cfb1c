// Original file: proto/stillpoint/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

/**
 * StopWritesRequest asks for writes to be stopped.
 */
export interface StopWritesRequestInput {
  /**
   * The agent's name for this stop; ResumeWrites repeats it.
   */
  'lockId'?: (string);
  /**
   * How long the server may wait for open write transactions, in milliseconds.
   */
  'waitMs'?: (number | string | Long);
  /**
   * How long writes may stay stopped, in milliseconds from "stopped".
   */
  'holdMs'?: (number | string | Long);
}

/**
 * StopWritesRequest asks for writes to be stopped.
 */
export interface StopWritesRequest {
  /**
   * The agent's name for this stop; ResumeWrites repeats it.
   */
  'lockId': (string);
  /**
   * How long the server may wait for open write transactions, in milliseconds.
   */
  'waitMs': (number);
  /**
   * How long writes may stay stopped, in milliseconds from "stopped".
   */
  'holdMs': (number);
}
