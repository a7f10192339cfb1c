// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * RestoredServer is one server after a restore.
 */
export interface RestoredServerInput {
  /**
   * The server of today's cluster.
   */
  'id'?: (string);
  /**
   * The server of the backup whose data it has.
   */
  'pieceServerId'?: (string);
  /**
   * Where the data is that was replaced; empty in a dry run.
   */
  'failsafeDir'?: (string);
  /**
   * How long the server was stopped, in milliseconds.
   */
  'downMs'?: (number | string);
}

/**
 * RestoredServer is one server after a restore.
 */
export interface RestoredServer {
  /**
   * The server of today's cluster.
   */
  'id': (string);
  /**
   * The server of the backup whose data it has.
   */
  'pieceServerId': (string);
  /**
   * Where the data is that was replaced; empty in a dry run.
   */
  'failsafeDir': (string);
  /**
   * How long the server was stopped, in milliseconds.
   */
  'downMs': (number);
}
