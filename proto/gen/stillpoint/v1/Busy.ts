// Original file: proto/stillpoint/v1/agent.proto

import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';

/**
 * Busy is the detail of a lock-busy error: the write transactions in the way.
 */
export interface BusyInput {
  /**
   * Oldest first.
   */
  'blockers'?: (_stillpoint_v1_WriteTransactionInput)[];
}

/**
 * Busy is the detail of a lock-busy error: the write transactions in the way.
 */
export interface Busy {
  /**
   * Oldest first.
   */
  'blockers': (_stillpoint_v1_WriteTransaction)[];
}
