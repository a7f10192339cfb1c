// Original file: proto/stillpoint/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Verdict says what a backup is worth.
 */
export interface VerdictInput {
  /**
   * Full id.
   */
  'id'?: (string);
  /**
   * Whether sizes, checksums, dump and cut are right.
   */
  'valid'?: (boolean);
  /**
   * What is wrong, for a person; empty if valid.
   */
  'problems'?: (string)[];
  /**
   * Files that were checked.
   */
  'files'?: (number | string | Long);
  /**
   * Bytes that were checked.
   */
  'bytes'?: (number | string | Long);
}

/**
 * Verdict says what a backup is worth.
 */
export interface Verdict {
  /**
   * Full id.
   */
  'id': (string);
  /**
   * Whether sizes, checksums, dump and cut are right.
   */
  'valid': (boolean);
  /**
   * What is wrong, for a person; empty if valid.
   */
  'problems': (string)[];
  /**
   * Files that were checked.
   */
  'files': (number);
  /**
   * Bytes that were checked.
   */
  'bytes': (number);
}
