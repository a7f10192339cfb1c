// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * PlanEntry is one key of the Plan.
 */
export interface PlanEntryInput {
  /**
   * The key below <root>/Plan/, such as DBServers/db1.
   */
  'key'?: (string);
  /**
   * The value.
   */
  'value'?: (Buffer | Uint8Array | string);
}

/**
 * PlanEntry is one key of the Plan.
 */
export interface PlanEntry {
  /**
   * The key below <root>/Plan/, such as DBServers/db1.
   */
  'key': (string);
  /**
   * The value.
   */
  'value': (Buffer);
}
