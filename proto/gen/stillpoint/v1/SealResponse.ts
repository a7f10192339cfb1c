// Original file: proto/stillpoint/v1/agent.proto

import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from '../../stillpoint/v1/Piece.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * SealResponse is progress; the last one has the piece.
 */
export interface SealResponseInput {
  /**
   * Bytes read for checksums so far.
   */
  'doneBytes'?: (number | string | Long);
  /**
   * Bytes to read.
   */
  'totalBytes'?: (number | string | Long);
  /**
   * The sealed piece, in the last message only.
   */
  'piece'?: (_stillpoint_v1_PieceInput | null);
}

/**
 * SealResponse is progress; the last one has the piece.
 */
export interface SealResponse {
  /**
   * Bytes read for checksums so far.
   */
  'doneBytes': (number);
  /**
   * Bytes to read.
   */
  'totalBytes': (number);
  /**
   * The sealed piece, in the last message only.
   */
  'piece': (_stillpoint_v1_Piece | null);
}
