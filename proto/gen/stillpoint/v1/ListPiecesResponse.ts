// Original file: proto/stillpoint/v1/agent.proto

import type { PieceInput as _stillpoint_v1_PieceInput, Piece as _stillpoint_v1_Piece } from '../../stillpoint/v1/Piece.ts';

/**
 * ListPiecesResponse has the pieces.
 */
export interface ListPiecesResponseInput {
  /**
   * By id.
   */
  'pieces'?: (_stillpoint_v1_PieceInput)[];
}

/**
 * ListPiecesResponse has the pieces.
 */
export interface ListPiecesResponse {
  /**
   * By id.
   */
  'pieces': (_stillpoint_v1_Piece)[];
}
