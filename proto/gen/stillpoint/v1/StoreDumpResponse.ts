// Original file: proto/stillpoint/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * StoreDumpResponse says that the dump is on disk.
 */
export interface StoreDumpResponseInput {
  /**
   * Bytes written.
   */
  'bytes'?: (number | string | Long);
}

/**
 * StoreDumpResponse says that the dump is on disk.
 */
export interface StoreDumpResponse {
  /**
   * Bytes written.
   */
  'bytes': (number);
}
