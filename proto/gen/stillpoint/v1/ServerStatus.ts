// Original file: proto/stillpoint/v1/coordinator.proto

import type { DescribeResponseInput as _stillpoint_v1_DescribeResponseInput, DescribeResponse as _stillpoint_v1_DescribeResponse } from '../../stillpoint/v1/DescribeResponse.ts';

/**
 * ServerStatus is one server's state.
 */
export interface ServerStatusInput {
  /**
   * The server.
   */
  'id'?: (string);
  /**
   * Address of its agent.
   */
  'agent'?: (string);
  /**
   * Whether the agent answers.
   */
  'reachable'?: (boolean);
  /**
   * Why it does not, or that it is another server's agent; empty if all is right.
   */
  'problem'?: (string);
  /**
   * What it says. Absent if it does not answer.
   */
  'state'?: (_stillpoint_v1_DescribeResponseInput | null);
}

/**
 * ServerStatus is one server's state.
 */
export interface ServerStatus {
  /**
   * The server.
   */
  'id': (string);
  /**
   * Address of its agent.
   */
  'agent': (string);
  /**
   * Whether the agent answers.
   */
  'reachable': (boolean);
  /**
   * Why it does not, or that it is another server's agent; empty if all is right.
   */
  'problem': (string);
  /**
   * What it says. Absent if it does not answer.
   */
  'state': (_stillpoint_v1_DescribeResponse | null);
}
