// Original file: proto/stillpoint/v1/engine.proto


/**
 * ResumeWritesResponse says how the stop was.
 */
export interface ResumeWritesResponseInput {
  /**
   * Whether writes were stopped from "stopped" until this call, without a break.
   */
  'unbroken'?: (boolean);
  /**
   * The longest time that one write was blocked, in milliseconds; 0 if none was or the server cannot tell.
   */
  'longestBlockedWriteMs'?: (number | string);
}

/**
 * ResumeWritesResponse says how the stop was.
 */
export interface ResumeWritesResponse {
  /**
   * Whether writes were stopped from "stopped" until this call, without a break.
   */
  'unbroken': (boolean);
  /**
   * The longest time that one write was blocked, in milliseconds; 0 if none was or the server cannot tell.
   */
  'longestBlockedWriteMs': (number);
}
