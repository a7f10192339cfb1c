// Whether a server can be backed up, asked before any lock; each thing that is missing is a sentence that says what to set.
import { realpath } from "node:fs/promises";
import { normalize, resolve } from "node:path";
import type { Session } from "./session.ts";
import { subvolumeProblem } from "./snapshot-maker.ts";

export interface Requirements {
  dataDir: string;
  method: "binlog" | "snapshot";
  user: string;
}

/** What the server says of itself. */
export interface ServerFacts {
  version: string;
  settings: ReadonlyMap<string, string>;
  rights: ReadonlySet<string>;
  runningReplicas: number;
  hasEncryption: boolean;
  /** What keeps changes out of the binary log. */
  binlogFilters: string;
}

const oldest = [10, 11];

const asked = [
  ...["datadir", "log_bin", "binlog_format", "encrypt_binlog", "ignore_db_dirs", "wsrep_on"],
  ...["rocksdb_datadir", "rocksdb_manual_wal_flush"],
  ...["innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory", "aria_log_dir_path"],
];

const rightsOf = `
  SELECT PRIVILEGE_TYPE name FROM information_schema.USER_PRIVILEGES WHERE GRANTEE =
    CONCAT("'", LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - LOCATE('@', REVERSE(CURRENT_USER()))), "'@'",
      SUBSTRING_INDEX(CURRENT_USER(), '@', -1), "'")`;

export async function factsOf(session: Session, timeoutMs: number): Promise<ServerFacts> {
  const names = asked.map((name) => `'${name}'`).join(", ");
  const ask = (sql: string) => session.ask(sql, timeoutMs);
  const [[version], settings, rights, [replicas], [encryption]] = await Promise.all([
    ask("SELECT VERSION() version"),
    ask(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`),
    ask(rightsOf),
    ask("SHOW GLOBAL STATUS LIKE 'Slaves_running'"),
    ask(`SELECT COUNT(*) active FROM information_schema.PLUGINS
         WHERE PLUGIN_TYPE = 'ENCRYPTION' AND PLUGIN_STATUS = 'ACTIVE'`),
  ]);
  const [filters] = rights.some(({ name }) => name === "BINLOG MONITOR") ? await ask("SHOW MASTER STATUS") : [];
  return {
    version: String(version?.version),
    settings: new Map(settings.map(({ Variable_name, Value }) => [String(Variable_name), String(Value)])),
    rights: new Set(rights.map(({ name }) => String(name))),
    runningReplicas: Number(replicas?.Value ?? 0),
    hasEncryption: Number(encryption?.active) > 0,
    binlogFilters: [filters?.Binlog_Do_DB, filters?.Binlog_Ignore_DB].filter(Boolean).join(", "),
  };
}

export function hasMyRocks({ settings }: ServerFacts): boolean {
  return settings.has("rocksdb_datadir");
}

/** Empty if all is well. */
export async function problemsOf(facts: ServerFacts, requirements: Requirements): Promise<string[]> {
  const { version, settings } = facts;
  if (!isNewEnough(version)) return [`version ${version} is older than ${oldest.join(".")}`];
  const problems = [await wrongDirectory(settings, requirements), ...missingRights(facts, requirements)];
  if (isOn(settings, "wsrep_on")) problems.push("it is a node of a Galera cluster, which is not supported");
  if (facts.runningReplicas > 0) problems.push("it replicates from another server: back that one up, or STOP SLAVE");
  problems.push(...elsewhere(settings));
  if (requirements.method === "binlog") problems.push(...binlogProblems(facts));
  else problems.push(await subvolumeProblem(requirements.dataDir), ...snapshotProblems(facts));
  return problems.filter((problem) => problem !== undefined);
}

function binlogProblems({ settings, hasEncryption, binlogFilters }: ServerFacts): string[] {
  const problems: string[] = [];
  const format = settings.get("binlog_format");
  if (!isOn(settings, "log_bin")) problems.push("it has no binary log: set log_bin and restart it");
  else if (format === "STATEMENT") problems.push("binlog_format is STATEMENT: set it to ROW or MIXED");
  if (binlogFilters) problems.push(`its binary log leaves out databases (${binlogFilters}): so would a backup`);
  if (isOn(settings, "encrypt_binlog")) problems.push("encrypt_binlog is on: its binary log cannot be replayed");
  if (hasEncryption) problems.push("it encrypts data, which a restore could not read");
  return problems;
}

/** A restore puts all files into the data directory. */
function elsewhere(settings: ReadonlyMap<string, string>): string[] {
  const datadir = normalize(`${settings.get("datadir")}/`);
  const places = [...settings].filter(([name]) => /^innodb_.*dir|^aria_.*dir|^rocksdb_datadir/.test(name));
  return places
    .filter(([, place]) => place !== "" && !resolve(datadir, place).startsWith(normalize(datadir).slice(0, -1)))
    .map(([name, place]) => `${name} is "${place}", outside of its data directory`);
}

function snapshotProblems({ settings }: ServerFacts): string[] {
  if (!isOn(settings, "rocksdb_manual_wal_flush")) return [];
  return ["rocksdb_manual_wal_flush is ON, so the last commits are not in its files: set it OFF and restart it"];
}

/** What docs/ENGINES.md tells to grant. mariadb-backup sets a global variable to have RocksDB's checkpoint. */
function missingRights(facts: ServerFacts, { method, user }: Requirements): string[] {
  const needed = ["RELOAD", "PROCESS", "CONNECTION ADMIN"];
  if (method === "binlog") needed.push("LOCK TABLES", "BINLOG MONITOR");
  if (method === "binlog" && hasMyRocks(facts)) needed.push("SUPER");
  const missing = needed.filter((right) => !facts.rights.has(right));
  return missing.length === 0 ? [] : [`user "${user}" lacks rights: GRANT ${missing.join(", ")} ON *.*`];
}

async function wrongDirectory(settings: ReadonlyMap<string, string>, { dataDir }: Requirements) {
  const theirs = settings.get("datadir") ?? "";
  const [found, wanted] = await Promise.all([theirs, dataDir].map((path) => realpath(path).catch(() => path)));
  return found === wanted ? undefined : `its data directory is "${theirs}", the agent's dataDir is "${dataDir}"`;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest;
  return /mariadb/i.test(version) && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

function isOn(settings: ReadonlyMap<string, string>, name: string): boolean {
  return ["ON", "1"].includes(settings.get(name) ?? "");
}
