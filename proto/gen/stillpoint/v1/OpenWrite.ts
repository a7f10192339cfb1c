// Original file: proto/stillpoint/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

/**
 * OpenWrite is a write transaction that is open.
 */
export interface OpenWriteInput {
  /**
   * The server's name for it.
   */
  'id'?: (string);
  /**
   * How long it has been open, in milliseconds.
   */
  'ageMs'?: (number | string | Long);
  /**
   * Who opened it, for a person to find.
   */
  'owner'?: (string);
  /**
   * What it is doing.
   */
  'description'?: (string);
}

/**
 * OpenWrite is a write transaction that is open.
 */
export interface OpenWrite {
  /**
   * The server's name for it.
   */
  'id': (string);
  /**
   * How long it has been open, in milliseconds.
   */
  'ageMs': (number);
  /**
   * Who opened it, for a person to find.
   */
  'owner': (string);
  /**
   * What it is doing.
   */
  'description': (string);
}
