// cut.json beside a piece's base and binary logs: from where to where they are replayed, and by what kind of server.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { StillpointError } from "../../../proto/errors.ts";
import { parseJson } from "../../../runtime/json.ts";
import { unlessGone } from "../../disk-errors.ts";
import type { Session } from "./session.ts";

const fileName = z.string().regex(/^[^/\0]+\.\d{6,}$/);
const plainText = z.string().regex(/^[^\n\r\0]*$/);

/** What a replay depends on, and what neither the binary log nor mariadb-backup tells. */
const replaySettings = [
  ...["lower_case_table_names", "default_storage_engine", "character_set_server", "collation_server"],
  ...["innodb_default_row_format", "innodb_file_per_table", "innodb_strict_mode"],
] as const;

const serverSchema = z.object({
  settings: z.partialRecord(z.enum(replaySettings), plainText),
  /** Storage engines that are plugins. */
  plugins: z.array(z.string().regex(/^[\w-]+\.so$/)),
});

const schema = z.object({
  /** Names in `binlogs/`, in their order. */
  binlogs: z.array(fileName).min(1),
  /** The base's, in the first of them. */
  startPosition: z.int().positive(),
  /** That of the cut, in the last; it ends there. */
  stopPosition: z.int().positive(),
  /** @@gtid_binlog_state at the cut: "0-1-17", with commas between several. */
  gtidState: z.string().regex(/^[\d,-]*$/),
  /** Of the binary logs, before their numbers, if they lie in the data directory; else empty. */
  logName: z.string().regex(/^[^/\0]*$/),
  server: serverSchema,
});

export type CutFile = z.output<typeof schema>;
export type ReplayServer = z.output<typeof serverSchema>;

const name = "cut.json";

export async function writeCutFile(dir: string, cut: CutFile): Promise<void> {
  await writeFile(join(dir, name), `${JSON.stringify(schema.parse(cut), null, 2)}\n`);
}

/** Undefined if the piece has none: then it is a snapshot of the data directory. @throws StillpointError corrupt */
export async function readCutFile(dir: string): Promise<CutFile | undefined> {
  const text = await unlessGone(readFile(join(dir, name)));
  if (text === undefined) return undefined;
  const { data, error } = schema.safeParse(parseJson(text));
  if (error) throw new StillpointError("corrupt", `"${name}" of the piece is damaged: ${z.prettifyError(error)}`);
  return data;
}

export async function replayServer(session: Session, timeoutMs: number): Promise<ReplayServer> {
  const names = replaySettings.map((each) => `'${each}'`).join(", ");
  const settings = await session.ask(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`, timeoutMs);
  const plugins = await session.ask(
    `SELECT DISTINCT PLUGIN_LIBRARY library FROM information_schema.PLUGINS
     WHERE PLUGIN_TYPE = 'STORAGE ENGINE' AND PLUGIN_STATUS = 'ACTIVE' AND PLUGIN_LIBRARY IS NOT NULL`,
    timeoutMs,
  );
  return serverSchema.parse({
    settings: Object.fromEntries(settings.map(({ Variable_name, Value }) => [Variable_name, Value])),
    plugins: plugins.map(({ library }) => library),
  });
}
