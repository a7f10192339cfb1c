// google.protobuf.Timestamp to Date and back.
import type { Timestamp, TimestampInput } from "./gen/google/protobuf/Timestamp.ts";

export function toDate({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1000 + nanos / 1e6);
}

export function toTimestamp(date: Date): TimestampInput {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1e6 };
}
