// Original file: proto/stillpoint/v1/coordinator.proto

import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';

/**
 * RoundReport is one try to lock all servers.
 */
export interface RoundReportInput {
  /**
   * Number, from 1.
   */
  'round'?: (number);
  /**
   * "held", "busy" or "broken".
   */
  'outcome'?: (string);
  /**
   * Wait that each agent had, in milliseconds.
   */
  'waitMs'?: (number | string);
  /**
   * Sum of the stalls of all servers in it, in milliseconds.
   */
  'deadTimeMs'?: (number | string);
  /**
   * Servers that were locked before the others, hardest first.
   */
  'firstServerIds'?: (string)[];
  /**
   * Who was in the way.
   */
  'blockers'?: (_stillpoint_v1_WriteTransactionInput)[];
}

/**
 * RoundReport is one try to lock all servers.
 */
export interface RoundReport {
  /**
   * Number, from 1.
   */
  'round': (number);
  /**
   * "held", "busy" or "broken".
   */
  'outcome': (string);
  /**
   * Wait that each agent had, in milliseconds.
   */
  'waitMs': (number);
  /**
   * Sum of the stalls of all servers in it, in milliseconds.
   */
  'deadTimeMs': (number);
  /**
   * Servers that were locked before the others, hardest first.
   */
  'firstServerIds': (string)[];
  /**
   * Who was in the way.
   */
  'blockers': (_stillpoint_v1_WriteTransaction)[];
}
