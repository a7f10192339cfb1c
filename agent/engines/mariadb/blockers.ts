// Who stands in the way of BACKUP STAGE. Not whoever has a transaction open: InnoDB's and RocksDB's wait with their commit,
// and block nobody. But who holds LOCK TABLES … WRITE, changes a table's definition, or runs a statement that writes to
// RocksDB, Aria or MyISAM; and another backup.
//
// The plugin metadata_lock_info knows this exactly. Without it, only running statements can be seen that may be in the way.
import type { WriteTransaction } from "../../../proto/errors.ts";
import { type Row, type Session, serverErrorOf, serverErrors } from "./session.ts";
import { agentsLock } from "./stop.ts";

export interface Blocker extends WriteTransaction {
  /** Another backup is named, but not aborted. */
  isBackup: boolean;
}

/** Locks that BACKUP STAGE has to wait for. Statements on InnoDB have others. */
const inTheWay = ["MDL_BACKUP_DDL", "MDL_BACKUP_DML", "MDL_BACKUP_COMMIT", "MDL_BACKUP_FTWRL1", "MDL_BACKUP_FTWRL2"];
const ofBackups = ["START", "FLUSH", "WAIT_FLUSH", "WAIT_DDL", "WAIT_COMMIT"].map((stage) => `MDL_BACKUP_${stage}`);

const holders = `
  SELECT p.ID id, p.USER user, p.HOST host, p.INFO info, p.TIME_MS age, l.is_backup, l.tables
  FROM information_schema.PROCESSLIST p JOIN (
    SELECT THREAD_ID, MAX(LOCK_MODE IN (${list(ofBackups)})) is_backup,
      MAX(LOCK_MODE IN (${list([...inTheWay, ...ofBackups])})) is_in_the_way,
      GROUP_CONCAT(IF(LOCK_MODE = 'MDL_SHARED_NO_READ_WRITE', CONCAT(TABLE_SCHEMA, '.', TABLE_NAME), NULL)) tables
    FROM information_schema.METADATA_LOCK_INFO GROUP BY THREAD_ID) l ON l.THREAD_ID = p.ID
  WHERE l.is_in_the_way AND p.ID <> CONNECTION_ID() AND p.ID <> COALESCE(IS_USED_LOCK('${agentsLock}'), 0)
  ORDER BY p.TIME_MS DESC`;

const writers = `
  SELECT ID id, USER user, HOST host, INFO info, TIME_MS age, 0 is_backup, NULL tables
  FROM information_schema.PROCESSLIST
  WHERE COMMAND IN ('Query', 'Execute') AND ID <> CONNECTION_ID() AND INFO REGEXP
    '^[[:space:]]*(INSERT|UPDATE|DELETE|REPLACE|LOAD|CREATE|ALTER|DROP|TRUNCATE|RENAME|OPTIMIZE|REPAIR|CALL|FLUSH|COMMIT)'
  ORDER BY TIME_MS DESC`;

/** Oldest first. A stop of Stillpoint's own is none: it is known by its user-level lock. */
export async function blockersOf(session: Session, timeoutMs: number): Promise<Blocker[]> {
  const rows = await session.ask(holders, timeoutMs).catch((error: unknown) => {
    if (serverErrorOf(error) !== serverErrors.unknownTable) throw error;
    return session.ask(writers, timeoutMs);
  });
  return rows.map(blocker);
}

/** For how long a user's BACKUP STAGE has been waiting; 0 if none is. In milliseconds. */
export async function waitOfBackups(session: Session, user: string, timeoutMs: number): Promise<number> {
  const sql = `SELECT COALESCE(MAX(TIME_MS), 0) waited FROM information_schema.PROCESSLIST
    WHERE USER = ? AND INFO LIKE 'BACKUP STAGE%' AND STATE = 'Waiting for backup lock'`;
  const [row] = await session.ask(sql, timeoutMs, [user]);
  return Number(row?.waited);
}

/** Ends their connections, which undoes what they have not committed. Returns how many there were. */
export async function killAll(session: Session, blockers: readonly Blocker[], timeoutMs: number): Promise<number> {
  let killed = 0;
  for (const { id } of blockers.filter(({ isBackup }) => !isBackup)) {
    if (await kill(session, Number(id), timeoutMs)) killed += 1;
  }
  return killed;
}

/** False if it has ended by itself. */
export async function kill(session: Session, id: number, timeoutMs: number): Promise<boolean> {
  try {
    await session.ask(`KILL CONNECTION ${id}`, timeoutMs);
    return true;
  } catch (error) {
    if (serverErrorOf(error) === serverErrors.noSuchThread) return false;
    throw error;
  }
}

function blocker({ id, user, host, info, age, is_backup, tables }: Row): Blocker {
  const locked = tables === null ? [] : [`LOCK TABLES ${tables} WRITE`];
  const backup = is_backup ? ["another backup"] : [];
  const description = [...backup, ...locked, ...(info ? [String(info).slice(0, 300)] : [])].join(": ");
  return {
    id: String(id),
    ageMs: Math.round(Number(age)),
    owner: `${user}@${host}`,
    description: description || "idle, and holds a lock",
    isBackup: Boolean(is_backup),
  };
}

function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}
