// Original file: proto/stillpoint/v1/agent.proto


/**
 * StartRestoredResponse says that the server works.
 */
export interface StartRestoredResponseInput {
  /**
   * How long the server was stopped, in milliseconds; 0 if this agent did not stop it.
   */
  'downMs'?: (number | string);
}

/**
 * StartRestoredResponse says that the server works.
 */
export interface StartRestoredResponse {
  /**
   * How long the server was stopped, in milliseconds; 0 if this agent did not stop it.
   */
  'downMs': (number);
}
