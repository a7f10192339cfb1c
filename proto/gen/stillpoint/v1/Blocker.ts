// Original file: proto/stillpoint/v1/coordinator.proto

import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';

/**
 * Blocker is a write transaction in the way, with its server.
 */
export interface BlockerInput {
  /**
   * The server.
   */
  'serverId'?: (string);
  /**
   * The transaction.
   */
  'transaction'?: (_stillpoint_v1_WriteTransactionInput | null);
}

/**
 * Blocker is a write transaction in the way, with its server.
 */
export interface Blocker {
  /**
   * The server.
   */
  'serverId': (string);
  /**
   * The transaction.
   */
  'transaction': (_stillpoint_v1_WriteTransaction | null);
}
