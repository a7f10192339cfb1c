// Original file: proto/stillpoint/v1/agent.proto


/**
 * DescribeRequest has no fields.
 */
export interface DescribeRequestInput {
}

/**
 * DescribeRequest has no fields.
 */
export interface DescribeRequest {
}
