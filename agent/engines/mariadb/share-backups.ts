// MyRocks lists every directory in the data directory when it starts, and does not start where it may not: its tables would be
// gone after the next restart. ignore_db_dirs does not keep it from that. So a root agent gives `backups` to the server's
// user: the directory itself, not what is in it.
import { chown, lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { unlessGone } from "../../disk-errors.ts";
import { backupsDirectory } from "../../piece-store.ts";

export async function shareBackups(dataDir: string): Promise<void> {
  const backups = join(dataDir, backupsDirectory);
  const [theirs, ours] = [await stat(dataDir), await unlessGone(lstat(backups))];
  if (process.geteuid?.() !== 0 || !ours?.isDirectory() || ours.uid === theirs.uid) return;
  await chown(backups, theirs.uid, theirs.gid);
}
