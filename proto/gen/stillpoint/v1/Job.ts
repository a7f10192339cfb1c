// Original file: proto/stillpoint/v1/coordinator.proto


/**
 * Job is what the agency knows of a run that is not over.
 */
export interface JobInput {
  /**
   * The backup that it is about.
   */
  'backupId'?: (string);
  /**
   * How far it came: making, committing, deleting, staging, flipping, starting, undoing, finishing.
   */
  'phase'?: (string);
  /**
   * The coordinator that began it.
   */
  'holder'?: (string);
  /**
   * Whether its coordinator died: nobody has the claim for it. It is settled by any coordinator when all agents answer.
   */
  'unsettled'?: (boolean);
}

/**
 * Job is what the agency knows of a run that is not over.
 */
export interface Job {
  /**
   * The backup that it is about.
   */
  'backupId': (string);
  /**
   * How far it came: making, committing, deleting, staging, flipping, starting, undoing, finishing.
   */
  'phase': (string);
  /**
   * The coordinator that began it.
   */
  'holder': (string);
  /**
   * Whether its coordinator died: nobody has the claim for it. It is settled by any coordinator when all agents answer.
   */
  'unsettled': (boolean);
}
