// Original file: proto/stillpoint/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * DeleteBackupResponse tells what was removed.
 */
export interface DeleteBackupResponseInput {
  /**
   * Servers whose piece was removed.
   */
  'serverIds'?: (string)[];
  /**
   * Bytes of the files removed; those that a server still uses stay there.
   */
  'bytes'?: (number | string | Long);
}

/**
 * DeleteBackupResponse tells what was removed.
 */
export interface DeleteBackupResponse {
  /**
   * Servers whose piece was removed.
   */
  'serverIds': (string)[];
  /**
   * Bytes of the files removed; those that a server still uses stay there.
   */
  'bytes': (number);
}
