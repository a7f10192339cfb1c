// Original file: proto/stillpoint/v1/coordinator.proto

import type { ClaimInput as _stillpoint_v1_ClaimInput, Claim as _stillpoint_v1_Claim } from '../../stillpoint/v1/Claim.ts';
import type { ServerStatusInput as _stillpoint_v1_ServerStatusInput, ServerStatus as _stillpoint_v1_ServerStatus } from '../../stillpoint/v1/ServerStatus.ts';
import type { JobInput as _stillpoint_v1_JobInput, Job as _stillpoint_v1_Job } from '../../stillpoint/v1/Job.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * GetStatusResponse is the cluster's state.
 */
export interface GetStatusResponseInput {
  /**
   * This coordinator's name.
   */
  'coordinator'?: (string);
  /**
   * Its version.
   */
  'version'?: (string);
  /**
   * Who holds the claim. Absent if nobody does.
   */
  'claim'?: (_stillpoint_v1_ClaimInput | null);
  /**
   * The agency's revision of the Plan.
   */
  'planRevision'?: (number | string | Long);
  /**
   * By id.
   */
  'servers'?: (_stillpoint_v1_ServerStatusInput)[];
  /**
   * Runs that go on, or that died and are not settled yet.
   */
  'jobs'?: (_stillpoint_v1_JobInput)[];
}

/**
 * GetStatusResponse is the cluster's state.
 */
export interface GetStatusResponse {
  /**
   * This coordinator's name.
   */
  'coordinator': (string);
  /**
   * Its version.
   */
  'version': (string);
  /**
   * Who holds the claim. Absent if nobody does.
   */
  'claim': (_stillpoint_v1_Claim | null);
  /**
   * The agency's revision of the Plan.
   */
  'planRevision': (number);
  /**
   * By id.
   */
  'servers': (_stillpoint_v1_ServerStatus)[];
  /**
   * Runs that go on, or that died and are not settled yet.
   */
  'jobs': (_stillpoint_v1_Job)[];
}
