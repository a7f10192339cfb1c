// Original file: proto/stillpoint/v1/agent.proto


/**
 * ReadDumpResponse has the dump.
 */
export interface ReadDumpResponseInput {
  /**
   * The bytes of plan.json, checked against SHA256SUMS.
   */
  'dump'?: (Buffer | Uint8Array | string);
}

/**
 * ReadDumpResponse has the dump.
 */
export interface ReadDumpResponse {
  /**
   * The bytes of plan.json, checked against SHA256SUMS.
   */
  'dump': (Buffer);
}
