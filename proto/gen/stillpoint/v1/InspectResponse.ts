// Original file: proto/stillpoint/v1/engine.proto

import type { OpenWriteInput as _stillpoint_v1_OpenWriteInput, OpenWrite as _stillpoint_v1_OpenWrite } from '../../stillpoint/v1/OpenWrite.ts';

/**
 * InspectResponse is the server's state.
 */
export interface InspectResponseInput {
  /**
   * The server's version.
   */
  'version'?: (string);
  /**
   * Write transactions that are open, oldest first.
   */
  'openWrites'?: (_stillpoint_v1_OpenWriteInput)[];
  /**
   * Whether the database is open, that is, not closed by CloseDatabase.
   */
  'open'?: (boolean);
}

/**
 * InspectResponse is the server's state.
 */
export interface InspectResponse {
  /**
   * The server's version.
   */
  'version': (string);
  /**
   * Write transactions that are open, oldest first.
   */
  'openWrites': (_stillpoint_v1_OpenWrite)[];
  /**
   * Whether the database is open, that is, not closed by CloseDatabase.
   */
  'open': (boolean);
}
