// Original file: proto/stillpoint/v1/coordinator.proto

import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from '../../stillpoint/v1/Piece.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * ServerPiece is one server's part of a backup, as seen from the cluster.
 */
export interface ServerPieceInput {
  /**
   * The server.
   */
  'id'?: (string);
  /**
   * Whether its piece is there.
   */
  'present'?: (boolean);
  /**
   * Why it is not, or what is wrong with it; empty if all is right.
   */
  'problem'?: (string);
  /**
   * How long its writes were blocked in the round that held, in milliseconds.
   */
  'stallMs'?: (number | string);
  /**
   * How long the last open writes took to end, in milliseconds.
   */
  'lockWaitMs'?: (number | string);
  /**
   * How long the links took under the lock, in milliseconds.
   */
  'snapshotMs'?: (number | string);
  /**
   * Files in the piece.
   */
  'files'?: (number | string | Long);
  /**
   * Bytes in the piece.
   */
  'bytes'?: (number | string | Long);
  /**
   * The piece as its META.json has it; absent if the piece is.
   */
  'piece'?: (_stillpoint_v1_PieceInput | null);
  /**
   * How long it was held, from the end of the last open write to letting go, in milliseconds.
   */
  'heldMs'?: (number | string);
  /**
   * The longest time that one write was blocked, in milliseconds, where the engine can tell; else 0.
   */
  'longestBlockedWriteMs'?: (number | string);
}

/**
 * ServerPiece is one server's part of a backup, as seen from the cluster.
 */
export interface ServerPiece {
  /**
   * The server.
   */
  'id': (string);
  /**
   * Whether its piece is there.
   */
  'present': (boolean);
  /**
   * Why it is not, or what is wrong with it; empty if all is right.
   */
  'problem': (string);
  /**
   * How long its writes were blocked in the round that held, in milliseconds.
   */
  'stallMs': (number);
  /**
   * How long the last open writes took to end, in milliseconds.
   */
  'lockWaitMs': (number);
  /**
   * How long the links took under the lock, in milliseconds.
   */
  'snapshotMs': (number);
  /**
   * Files in the piece.
   */
  'files': (number);
  /**
   * Bytes in the piece.
   */
  'bytes': (number);
  /**
   * The piece as its META.json has it; absent if the piece is.
   */
  'piece': (_stillpoint_v1_Piece | null);
  /**
   * How long it was held, from the end of the last open write to letting go, in milliseconds.
   */
  'heldMs': (number);
  /**
   * The longest time that one write was blocked, in milliseconds, where the engine can tell; else 0.
   */
  'longestBlockedWriteMs': (number);
}
