// Original file: proto/stillpoint/v1/agent.proto

import type { RunRefInput as _stillpoint_v1_RunRefInput, RunRef as _stillpoint_v1_RunRef } from '../../stillpoint/v1/RunRef.ts';

/**
 * StoreDumpRequest carries the Plan's dump, 64 MiB at most.
 */
export interface StoreDumpRequestInput {
  /**
   * The run.
   */
  'run'?: (_stillpoint_v1_RunRefInput | null);
  /**
   * The dump, as it will stand in plan.json.
   */
  'dump'?: (Buffer | Uint8Array | string);
  /**
   * SHA-256 of the dump in lower-case hexadecimal.
   */
  'sha256'?: (string);
  /**
   * The round of the cut that it belongs to: a call that comes late does not put an older dump beside a newer cut. 0: the cut
   * that is there, for calls by hand.
   */
  'round'?: (number);
}

/**
 * StoreDumpRequest carries the Plan's dump, 64 MiB at most.
 */
export interface StoreDumpRequest {
  /**
   * The run.
   */
  'run': (_stillpoint_v1_RunRef | null);
  /**
   * The dump, as it will stand in plan.json.
   */
  'dump': (Buffer);
  /**
   * SHA-256 of the dump in lower-case hexadecimal.
   */
  'sha256': (string);
  /**
   * The round of the cut that it belongs to: a call that comes late does not put an older dump beside a newer cut. 0: the cut
   * that is there, for calls by hand.
   */
  'round': (number);
}
