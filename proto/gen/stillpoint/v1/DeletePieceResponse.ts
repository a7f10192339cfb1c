// Original file: proto/stillpoint/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * DeletePieceResponse says what was removed.
 */
export interface DeletePieceResponseInput {
  /**
   * Whether there was a piece.
   */
  'existed'?: (boolean);
  /**
   * Bytes of the files removed; those that the server still uses stay there.
   */
  'bytes'?: (number | string | Long);
}

/**
 * DeletePieceResponse says what was removed.
 */
export interface DeletePieceResponse {
  /**
   * Whether there was a piece.
   */
  'existed': (boolean);
  /**
   * Bytes of the files removed; those that the server still uses stay there.
   */
  'bytes': (number);
}
