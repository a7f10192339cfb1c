// Original file: proto/stillpoint/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * PrepareResponse is progress; the last one has done set.
 */
export interface PrepareResponseInput {
  /**
   * Files linked so far.
   */
  'linkedFiles'?: (number | string | Long);
  /**
   * How often the data directory was gone through.
   */
  'passes'?: (number);
  /**
   * Whether this is the last message.
   */
  'done'?: (boolean);
}

/**
 * PrepareResponse is progress; the last one has done set.
 */
export interface PrepareResponse {
  /**
   * Files linked so far.
   */
  'linkedFiles': (number);
  /**
   * How often the data directory was gone through.
   */
  'passes': (number);
  /**
   * Whether this is the last message.
   */
  'done': (boolean);
}
