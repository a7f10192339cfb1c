// Original file: proto/stillpoint/v1/coordinator.proto

import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';
import type { WriteTransactionInput as _stillpoint_v1_WriteTransactionInput, WriteTransaction as _stillpoint_v1_WriteTransaction } from '../../stillpoint/v1/WriteTransaction.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * RunEvent is one thing that happened in a run.
 */
export interface RunEventInput {
  /**
   * The step's name. A backup: claimed, plan-read, inspected, prepared, soft-wait, window, round-started, server-locked,
   * server-busy, locked, snapshot, released, round-ended, taking-again, taken-without-lock, dump-stored, sealing, sealed,
   * committed, recorded; aborted when it failed. A restore: claimed, checking, staged, flipped, plan-restored, started,
   * finished; undone when it failed. What a dead run left: settling, settled. Each of settle, release, abort, undo and
   * finish may be told as "…-failed". Instead of released comes still-stopped, if writes may not have gone on.
   */
  'step'?: (string);
  /**
   * When, by the coordinator's clock.
   */
  'at'?: (_google_protobuf_TimestampInput | null);
  /**
   * The server that it is about; empty for the cluster.
   */
  'serverId'?: (string);
  /**
   * The round that it is about; 0 for none.
   */
  'round'?: (number);
  /**
   * How long it took or may take, in milliseconds; 0 where that has no meaning.
   */
  'ms'?: (number | string);
  /**
   * Bytes done, for progress.
   */
  'doneBytes'?: (number | string | Long);
  /**
   * Bytes to do, for progress.
   */
  'totalBytes'?: (number | string | Long);
  /**
   * The write transactions in the way.
   */
  'blockers'?: (_stillpoint_v1_WriteTransactionInput)[];
  /**
   * A sentence for a person.
   */
  'text'?: (string);
  /**
   * The backup that it is about, by its full id, where the step tells it: claimed does.
   */
  'backupId'?: (string);
}

/**
 * RunEvent is one thing that happened in a run.
 */
export interface RunEvent {
  /**
   * The step's name. A backup: claimed, plan-read, inspected, prepared, soft-wait, window, round-started, server-locked,
   * server-busy, locked, snapshot, released, round-ended, taking-again, taken-without-lock, dump-stored, sealing, sealed,
   * committed, recorded; aborted when it failed. A restore: claimed, checking, staged, flipped, plan-restored, started,
   * finished; undone when it failed. What a dead run left: settling, settled. Each of settle, release, abort, undo and
   * finish may be told as "…-failed". Instead of released comes still-stopped, if writes may not have gone on.
   */
  'step': (string);
  /**
   * When, by the coordinator's clock.
   */
  'at': (_google_protobuf_Timestamp | null);
  /**
   * The server that it is about; empty for the cluster.
   */
  'serverId': (string);
  /**
   * The round that it is about; 0 for none.
   */
  'round': (number);
  /**
   * How long it took or may take, in milliseconds; 0 where that has no meaning.
   */
  'ms': (number);
  /**
   * Bytes done, for progress.
   */
  'doneBytes': (number);
  /**
   * Bytes to do, for progress.
   */
  'totalBytes': (number);
  /**
   * The write transactions in the way.
   */
  'blockers': (_stillpoint_v1_WriteTransaction)[];
  /**
   * A sentence for a person.
   */
  'text': (string);
  /**
   * The backup that it is about, by its full id, where the step tells it: claimed does.
   */
  'backupId': (string);
}
