// Original file: proto/stillpoint/v1/agent.proto


/**
 * ReadDumpRequest asks for a dump.
 */
export interface ReadDumpRequestInput {
  /**
   * Full id of the backup.
   */
  'backupId'?: (string);
}

/**
 * ReadDumpRequest asks for a dump.
 */
export interface ReadDumpRequest {
  /**
   * Full id of the backup.
   */
  'backupId': (string);
}
