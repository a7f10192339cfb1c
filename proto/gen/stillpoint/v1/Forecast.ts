// Original file: proto/stillpoint/v1/coordinator.proto

import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';
import type { ClaimInput as _stillpoint_v1_ClaimInput, Claim as _stillpoint_v1_Claim } from '../../stillpoint/v1/Claim.ts';

/**
 * Forecast is how a backup would begin if it was asked for now.
 */
export interface ForecastInput {
  /**
   * Why: "calm", no long write is in the way; "cheap", hardly a server is busy; "now", patience is not wanted; "wait",
   * nobody would be blocked yet.
   */
  'occasion'?: (string);
  /**
   * A sentence for a person: what would be done, and what it would cost the writers.
   */
  'text'?: (string);
  /**
   * The servers that would be locked before all others; empty: all at once, or none yet.
   */
  'firstServerIds'?: (string)[];
  /**
   * The longest time that the first round would wait, and block writers, in milliseconds; 0 if there would be none yet.
   */
  'waitMs'?: (number | string);
  /**
   * The longest time that the backup would wait without blocking anybody, in milliseconds.
   */
  'patienceMs'?: (number | string);
  /**
   * Open write transactions that are long or may become so, oldest first.
   */
  'blockers'?: (_stillpoint_v1_WriteTransactionInput)[];
  /**
   * Servers whose engine cannot tell its write transactions: what is open there is not in here.
   */
  'silentServerIds'?: (string)[];
  /**
   * Who has the cluster's only backup slot: as long as it is taken, a backup would be refused. Absent if it is free.
   */
  'claim'?: (_stillpoint_v1_ClaimInput | null);
}

/**
 * Forecast is how a backup would begin if it was asked for now.
 */
export interface Forecast {
  /**
   * Why: "calm", no long write is in the way; "cheap", hardly a server is busy; "now", patience is not wanted; "wait",
   * nobody would be blocked yet.
   */
  'occasion': (string);
  /**
   * A sentence for a person: what would be done, and what it would cost the writers.
   */
  'text': (string);
  /**
   * The servers that would be locked before all others; empty: all at once, or none yet.
   */
  'firstServerIds': (string)[];
  /**
   * The longest time that the first round would wait, and block writers, in milliseconds; 0 if there would be none yet.
   */
  'waitMs': (number);
  /**
   * The longest time that the backup would wait without blocking anybody, in milliseconds.
   */
  'patienceMs': (number);
  /**
   * Open write transactions that are long or may become so, oldest first.
   */
  'blockers': (_stillpoint_v1_WriteTransaction)[];
  /**
   * Servers whose engine cannot tell its write transactions: what is open there is not in here.
   */
  'silentServerIds': (string)[];
  /**
   * Who has the cluster's only backup slot: as long as it is taken, a backup would be refused. Absent if it is free.
   */
  'claim': (_stillpoint_v1_Claim | null);
}
