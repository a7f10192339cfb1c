// Original file: proto/stillpoint/v1/agent.proto

import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from '../../stillpoint/v1/Piece.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * StageRestoreResponse is progress; the last one has the piece.
 */
export interface StageRestoreResponseInput {
  /**
   * Bytes checked so far.
   */
  'doneBytes'?: (number | string | Long);
  /**
   * Bytes to check.
   */
  'totalBytes'?: (number | string | Long);
  /**
   * The piece, in the last message only.
   */
  'piece'?: (_stillpoint_v1_PieceInput | null);
}

/**
 * StageRestoreResponse is progress; the last one has the piece.
 */
export interface StageRestoreResponse {
  /**
   * Bytes checked so far.
   */
  'doneBytes': (number);
  /**
   * Bytes to check.
   */
  'totalBytes': (number);
  /**
   * The piece, in the last message only.
   */
  'piece': (_stillpoint_v1_Piece | null);
}
