// Original file: proto/stillpoint/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * WriteTransaction is a write transaction that is open on the server, or a statement that writes.
 */
export interface WriteTransactionInput {
  /**
   * The engine's name for it.
   */
  'id'?: (string);
  /**
   * How long it has been open, in milliseconds of the server's clock.
   */
  'ageMs'?: (number | string | Long);
  /**
   * Who opened it, for a person to find: user, client address, thread.
   */
  'owner'?: (string);
  /**
   * What it is doing, where the engine can tell.
   */
  'description'?: (string);
  /**
   * The server that it is on; empty where that server's own agent says it.
   */
  'serverId'?: (string);
}

/**
 * WriteTransaction is a write transaction that is open on the server, or a statement that writes.
 */
export interface WriteTransaction {
  /**
   * The engine's name for it.
   */
  'id': (string);
  /**
   * How long it has been open, in milliseconds of the server's clock.
   */
  'ageMs': (number);
  /**
   * Who opened it, for a person to find: user, client address, thread.
   */
  'owner': (string);
  /**
   * What it is doing, where the engine can tell.
   */
  'description': (string);
  /**
   * The server that it is on; empty where that server's own agent says it.
   */
  'serverId': (string);
}
