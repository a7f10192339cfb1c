// Original file: proto/stillpoint/v1/agent.proto

import type { TimestampInput as _google_protobuf_TimestampInput, Timestamp as _google_protobuf_Timestamp } from '../../google/protobuf/Timestamp.ts';

/**
 * HoldReport says from when to when the writes of a server were stopped in one round.
 */
export interface HoldReportInput {
  /**
   * The round.
   */
  'round'?: (number);
  /**
   * When the engine was asked to stop writes, by the agent's clock.
   */
  'askedAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * When all writes were stopped, by the agent's clock. Absent if they never were.
   */
  'heldAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * When writes went on, by the agent's clock.
   */
  'endedAt'?: (_google_protobuf_TimestampInput | null);
  /**
   * From asked to held, or to giving up, in milliseconds.
   */
  'lockWaitMs'?: (number | string);
  /**
   * From held to ended, in milliseconds.
   */
  'heldMs'?: (number | string);
  /**
   * From asked to ended, in milliseconds: how long a write that began then was blocked.
   */
  'stallMs'?: (number | string);
  /**
   * Whether the engine confirms that no write finished between held and ended, unless it was let go by us.
   */
  'unbroken'?: (boolean);
  /**
   * Why the hold ended: "released", "snapshot", "expired", "lost", "gave-up", "superseded", "shutdown".
   */
  'endedBy'?: (string);
  /**
   * The longest time that one write was blocked, in milliseconds, where the engine can tell; else 0.
   */
  'longestBlockedWriteMs'?: (number | string);
  /**
   * Why writes may still be stopped, although they were let go: the engine's command for it fails. Empty if writes go.
   * DescribeResponse.problem says so too, for as long as it is so.
   */
  'stillStopped'?: (string);
}

/**
 * HoldReport says from when to when the writes of a server were stopped in one round.
 */
export interface HoldReport {
  /**
   * The round.
   */
  'round': (number);
  /**
   * When the engine was asked to stop writes, by the agent's clock.
   */
  'askedAt': (_google_protobuf_Timestamp | null);
  /**
   * When all writes were stopped, by the agent's clock. Absent if they never were.
   */
  'heldAt': (_google_protobuf_Timestamp | null);
  /**
   * When writes went on, by the agent's clock.
   */
  'endedAt': (_google_protobuf_Timestamp | null);
  /**
   * From asked to held, or to giving up, in milliseconds.
   */
  'lockWaitMs': (number);
  /**
   * From held to ended, in milliseconds.
   */
  'heldMs': (number);
  /**
   * From asked to ended, in milliseconds: how long a write that began then was blocked.
   */
  'stallMs': (number);
  /**
   * Whether the engine confirms that no write finished between held and ended, unless it was let go by us.
   */
  'unbroken': (boolean);
  /**
   * Why the hold ended: "released", "snapshot", "expired", "lost", "gave-up", "superseded", "shutdown".
   */
  'endedBy': (string);
  /**
   * The longest time that one write was blocked, in milliseconds, where the engine can tell; else 0.
   */
  'longestBlockedWriteMs': (number);
  /**
   * Why writes may still be stopped, although they were let go: the engine's command for it fails. Empty if writes go.
   * DescribeResponse.problem says so too, for as long as it is so.
   */
  'stillStopped': (string);
}
