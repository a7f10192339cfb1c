// Original file: proto/stillpoint/v1/agent.proto


// Original file: proto/stillpoint/v1/agent.proto

/**
 * Phase of a hold.
 */
export const _stillpoint_v1_HoldState_Phase = {
  /**
   * Never sent.
   */
  PHASE_UNSPECIFIED: 'PHASE_UNSPECIFIED',
  /**
   * Writes go on.
   */
  PHASE_FREE: 'PHASE_FREE',
  /**
   * Writes are being stopped.
   */
  PHASE_LOCKING: 'PHASE_LOCKING',
  /**
   * All writes are stopped.
   */
  PHASE_HELD: 'PHASE_HELD',
} as const;

/**
 * Phase of a hold.
 */
export type _stillpoint_v1_HoldState_PhaseInput =
  /**
   * Never sent.
   */
  | 'PHASE_UNSPECIFIED'
  | 0
  /**
   * Writes go on.
   */
  | 'PHASE_FREE'
  | 1
  /**
   * Writes are being stopped.
   */
  | 'PHASE_LOCKING'
  | 2
  /**
   * All writes are stopped.
   */
  | 'PHASE_HELD'
  | 3

/**
 * Phase of a hold.
 */
export type _stillpoint_v1_HoldState_Phase = typeof _stillpoint_v1_HoldState_Phase[keyof typeof _stillpoint_v1_HoldState_Phase]

/**
 * HoldState is what the agent's hold is doing.
 */
export interface HoldStateInput {
  /**
   * The phase now.
   */
  'phase'?: (_stillpoint_v1_HoldState_PhaseInput);
  /**
   * The backup that it is for; empty when free.
   */
  'backupId'?: (string);
  /**
   * The round that it is for; 0 when free.
   */
  'round'?: (number);
  /**
   * How long the writes have been stopped, in milliseconds; 0 when free.
   */
  'heldMs'?: (number | string);
  /**
   * When the hold ends by itself, in milliseconds from now; 0 when free.
   */
  'endsInMs'?: (number | string);
}

/**
 * HoldState is what the agent's hold is doing.
 */
export interface HoldState {
  /**
   * The phase now.
   */
  'phase': (_stillpoint_v1_HoldState_Phase);
  /**
   * The backup that it is for; empty when free.
   */
  'backupId': (string);
  /**
   * The round that it is for; 0 when free.
   */
  'round': (number);
  /**
   * How long the writes have been stopped, in milliseconds; 0 when free.
   */
  'heldMs': (number);
  /**
   * When the hold ends by itself, in milliseconds from now; 0 when free.
   */
  'endsInMs': (number);
}
