// Original file: proto/stillpoint/v1/agent.proto


/**
 * DescribeRequest says how much to tell.
 */
export interface DescribeRequestInput {
  /**
   * Go through the data directory as well, for the fields from needed_bytes to data_files.
   */
  'withFiles'?: (boolean);
}

/**
 * DescribeRequest says how much to tell.
 */
export interface DescribeRequest {
  /**
   * Go through the data directory as well, for the fields from needed_bytes to data_files.
   */
  'withFiles': (boolean);
}
