// Original file: proto/stillpoint/v1/agent.proto

import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from '../../stillpoint/v1/Piece.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * VerifyPieceResponse is progress; the last one has the piece.
 */
export interface VerifyPieceResponseInput {
  /**
   * Bytes read so far.
   */
  'doneBytes'?: (number | string | Long);
  /**
   * Bytes to read.
   */
  'totalBytes'?: (number | string | Long);
  /**
   * What is wrong: missing, additional or changed files. Empty if all is right.
   */
  'problems'?: (string)[];
  /**
   * The piece as META.json has it, in the last message only.
   */
  'piece'?: (_stillpoint_v1_PieceInput | null);
}

/**
 * VerifyPieceResponse is progress; the last one has the piece.
 */
export interface VerifyPieceResponse {
  /**
   * Bytes read so far.
   */
  'doneBytes': (number);
  /**
   * Bytes to read.
   */
  'totalBytes': (number);
  /**
   * What is wrong: missing, additional or changed files. Empty if all is right.
   */
  'problems': (string)[];
  /**
   * The piece as META.json has it, in the last message only.
   */
  'piece': (_stillpoint_v1_Piece | null);
}
