// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * UnreachableServer is a server whose agent does not answer.
 */
export interface UnreachableServerInput {
  /**
   * The server.
   */
  'id'?: (string);
  /**
   * Why, for a person.
   */
  'problem'?: (string);
}

/**
 * UnreachableServer is a server whose agent does not answer.
 */
export interface UnreachableServer {
  /**
   * The server.
   */
  'id': (string);
  /**
   * Why, for a person.
   */
  'problem': (string);
}
