// What an agent needs of its surroundings, looked at before it is started for the first time: nothing is changed, no write is
// blocked. A backup would find the same things out, one after the other.
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, StillpointError } from "../proto/errors.ts";
import { openLog } from "../runtime/log.ts";
import { openSecurity } from "../runtime/security.ts";
import { formatBytes } from "../runtime/units.ts";
import type { AgentConfig } from "./config.ts";
import { nodeDisk } from "./disk.ts";
import { unlessGone } from "./disk-errors.ts";
import { engineOf } from "./engine-of.ts";
import type { Engine } from "./engines/engine.ts";
import { listFiles } from "./files/listing.ts";
import { filesProblem, isOneFilesystem, measureFiles } from "./inspect.ts";
import { backupsDirectory } from "./piece-store.ts";
import { mustBeDataDirectory } from "./rights.ts";
import type { Source } from "./staged-data.ts";

export interface StartFinding {
  /** For scripts; never changes. */
  name: string;
  says: string;
  outcome: "holds" | "warning" | "broken";
  /** What was found; of what is broken, with what to do. */
  found: string;
  /** Of what is broken. */
  error?: unknown;
}

interface Parts {
  config: AgentConfig;
  engine: Engine;
  source: Source;
  /** Where the backups go, or will go. */
  backups: string;
}

interface Look {
  name: string;
  says: string;
  /** @throws StillpointError, ConfigError */
  look(parts: Parts): Promise<string | { warning: string }>;
}

const engineTimeoutMs = 10_000;

const looks: readonly Look[] = [
  {
    name: "data-directory",
    says: "the data directory is there, and ours to read and write",
    look: async ({ config }) => {
      await mustBeDataDirectory(config.dataDir);
      return config.dataDir;
    },
  },
  { name: "security", says: "certificates and tokens can be used", look: ({ config }) => securityOf(config) },
  {
    name: "engine",
    says: "the engine reaches its server, and could stop writes",
    look: ({ engine }) => stateOf(engine),
  },
  { name: "file-system", says: "backups are on the file system of the data", look: oneFileSystem },
  { name: "files", says: "every file can be linked or copied, and shows what was acknowledged", look: filesOf },
  { name: "space", says: "there is space for a backup", look: spaceFor },
  {
    name: "restore",
    says: "the server can be stopped and started for a restore",
    look: async ({ config }) => restoreOf(config),
  },
];

/** One finding after the other; what needs a data directory is left out if there is none. */
export async function* checkStart(config: AgentConfig): AsyncGenerator<StartFinding> {
  const { engine, layout } = engineOf(config);
  const { dataDir } = config;
  const source = { dataDir, layout, disk: nodeDisk, list: (directory: string) => listFiles(directory) };
  try {
    const hasData = (await unlessGone(stat(dataDir)))?.isDirectory() ?? false;
    const needData = ["file-system", "files", "space"];
    const parts = { config, engine, source, backups: await backupsOf(dataDir) };
    for (const each of looks) if (hasData || !needData.includes(each.name)) yield await findingOf(each, parts);
  } finally {
    await engine.close();
  }
}

async function findingOf({ name, says, look }: Look, parts: Parts): Promise<StartFinding> {
  try {
    const found = await look(parts);
    if (typeof found === "string") return { name, says, outcome: "holds", found };
    return { name, says, outcome: "warning", found: found.warning };
  } catch (error) {
    const hint = error instanceof StillpointError && error.hint !== "" ? ` (${error.hint})` : "";
    return { name, says, outcome: "broken", found: `${messageOf(error)}${hint}`, error };
  }
}

async function backupsOf(dataDir: string): Promise<string> {
  const backups = join(dataDir, backupsDirectory);
  return (await nodeDisk.isDirectory(backups)) ? backups : dirname(backups);
}

async function securityOf(config: AgentConfig): Promise<string | { warning: string }> {
  await (await openSecurity(config, openLog("agent", "silent"))).close();
  if (config.tls !== undefined) return "TLS";
  if (config.insecure) return { warning: "none: plain text goes to and comes from other machines, by insecure: true" };
  return config.tokens === undefined ? "none, and none are needed on this machine alone" : "tokens";
}

async function stateOf(engine: Engine): Promise<string | { warning: string }> {
  const { healthy, problem, version, openWrites } = await engine.inspect(AbortSignal.timeout(engineTimeoutMs));
  if (!healthy) throw new StillpointError("unreachable", problem);
  if (version === "")
    return { warning: `${engine.kind}, which tells no version: no restore can see whether the server reads it` };
  const open = openWrites === undefined ? "" : `, open write transactions: ${openWrites.length}`;
  return `${engine.kind} ${version}${open}`;
}

async function oneFileSystem({ config: { dataDir }, backups }: Parts): Promise<string> {
  if (await isOneFilesystem(nodeDisk, dataDir, backups)) return join(dataDir, backupsDirectory);
  throw new StillpointError("cross-device", `"${dataDir}" and "${backups}" are on two file systems`);
}

async function filesOf({ source }: Parts): Promise<string> {
  const problem = await filesProblem(source);
  if (problem !== undefined) throw new StillpointError("invalid", problem, { hint: "" });
  const { dataFiles, dataBytes } = await measureFiles(source);
  const { files } = await source.list(source.dataDir);
  const known = source.layout.describe?.(files);
  return `${known === undefined ? "" : `${known}; `}${dataFiles} files, ${formatBytes(dataBytes)}`;
}

async function spaceFor({ source, backups }: Parts): Promise<string> {
  const { neededBytes, neededInodes } = await measureFiles(source);
  const { freeBytes, freeInodes = neededInodes } = await source.disk.space(backups);
  const figures = `needs ${formatBytes(neededBytes)} and ${neededInodes} inodes`;
  const free = `${formatBytes(freeBytes)} and ${freeInodes} are free`;
  if (freeBytes >= neededBytes && freeInodes >= neededInodes) return `${figures}, ${free}`;
  throw new StillpointError("no-space", `a backup ${figures}, ${free}`);
}

/** Engines that need commands for it have nothing else. */
function restoreOf({ engine }: AgentConfig): string | { warning: string } {
  const options = engine.kind === "lsm" ? engine.server : engine;
  if (!("stop" in options)) return "by the engine";
  const missing = (["stopServer", "startServer"] as const).filter((name) => options[name] === undefined);
  if (missing.length === 0) return "by stopServer and startServer";
  return { warning: `no: restores are refused without the engine's ${missing.join(" and ")}` };
}
