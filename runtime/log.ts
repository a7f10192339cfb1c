// The log of a service: JSON, one line a record, on stderr, without secrets.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
export type Log = Logger;

/** Names of keys whose values nobody may read in a log or a message. */
export const secretKeys = ["password", "secret", "authorization"] as const;

const secretPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/** Written synchronously: nothing is lost when the process dies. */
export function openLog(service: string, level: LogLevel, output: DestinationStream = stderr()): Log {
  const base = { service, pid: process.pid };
  return pino({ level, base, timestamp: stdTimeFunctions.isoTime, redact: secretPaths }, output);
}

function stderr(): DestinationStream {
  return destination({ fd: 2, sync: true });
}
