// What INFO says, as far as a backup depends on it, and what it says of two moments between which nothing may have been written.
import { StillpointError } from "../../../proto/errors.ts";
import type { AskLimits, RedisConnection } from "./connection.ts";

export interface ServerInfo {
  /** "7.0.15", "Valkey 8.0.1". */
  version: string;
  /** New with each start of the process. */
  runId: string;
  role: string;
  /** host:port of the primary, if it is a replica. */
  primary: string;
  /** Of the history of writes; new after a failover. */
  replicationId: string;
  isLoading: boolean;
  aof: AofInfo | undefined;
  save: SaveInfo;
}

export interface AofInfo {
  /** Acknowledged writes, or ones that soon will be, which are not in the file yet. */
  bufferBytes: number;
  /** Length of all its files together. */
  fileBytes: number;
  lastWriteOk: boolean;
}

export interface SaveInfo {
  isRunning: boolean;
  runningForMs: number;
  lastOk: boolean;
  /** How many were begun since the server's start. */
  count: number;
  /** Writes that no save has. */
  changes: number;
}

export async function readInfo(connection: RedisConnection, limits: AskLimits): Promise<ServerInfo> {
  const text = await connection.ask(["INFO", "server", "persistence", "replication"], limits);
  return parseInfo(String(text), connection.peer);
}

/** @throws StillpointError internal, if a field that is needed is not there */
export function parseInfo(text: string, peer: string): ServerInfo {
  const fields = new Map(
    text.split("\r\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value !== undefined) return value;
    throw new StillpointError("internal", `${peer}: INFO has no field "${name}"`, {
      hint: "Redis 7.0 or later, or Valkey, is needed; another server may only look like one",
    });
  };
  const number = (name: string) => Number(field(name));
  const valkey = fields.get("valkey_version");
  return {
    version: valkey === undefined ? field("redis_version") : `Valkey ${valkey}`,
    runId: field("run_id"),
    role: field("role"),
    primary: `${fields.get("master_host") ?? ""}:${fields.get("master_port") ?? ""}`,
    replicationId: field("master_replid"),
    isLoading: field("loading") !== "0" || fields.get("async_loading") === "1",
    aof:
      field("aof_enabled") === "0"
        ? undefined
        : {
            bufferBytes: number("aof_buffer_length"),
            fileBytes: number("aof_current_size"),
            lastWriteOk: field("aof_last_write_status") === "ok",
          },
    save: {
      isRunning: field("rdb_bgsave_in_progress") !== "0",
      runningForMs: Math.max(0, number("rdb_current_bgsave_time_sec")) * 1000,
      lastOk: field("rdb_last_bgsave_status") === "ok",
      count: number("rdb_saves"),
      changes: number("rdb_changes_since_last_save"),
    },
  };
}

/** Why there may have been a write between two moments; undefined if there was none. */
export function whyNotTheSame(before: ServerInfo, after: ServerInfo): string | undefined {
  if (after.runId !== before.runId) return "the server was started anew";
  if (after.role !== "master") return `it has become a replica of ${after.primary}`;
  if (after.replicationId !== before.replicationId) return "a failover has changed its replication id";
  return isUnchanged(before.save, after.save) ? undefined : "the server counts writes while they were stopped";
}

/** A save that ends well takes from the changes what there were when it began. */
function isUnchanged(before: SaveInfo, after: SaveInfo): boolean {
  const begun = after.count - before.count;
  if (begun > 1 || (begun === 1 && before.isRunning)) return false; // nobody can tell any more
  if (begun === 1 && !after.isRunning) return after.changes === 0;
  const hasEnded = before.isRunning && !after.isRunning;
  return !hasEnded && after.changes === before.changes;
}
