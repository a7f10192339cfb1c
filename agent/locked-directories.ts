// Directories into which their own user may not write, as those of mode 0500. Who is not root can neither fill nor empty such a
// directory, nor rename it to another parent, which is written into it; but its owner may change its mode. Links are not followed.
import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { hasCode, unlessGone } from "./disk-errors.ts";
import { inParallel } from "./in-parallel.ts";
import { currentUser, mayDoAll } from "./rights.ts";

/** What a directory's owner needs, to do all with it. */
export const ownersAll = 0o700;

/** Of directories of ours that cannot be moved as they are, the modes; undefined for all else. */
export async function modesInTheWay(paths: readonly string[]): Promise<(number | undefined)[]> {
  if (await mayDoAll()) return paths.map(() => undefined);
  return await inParallel(paths, async (path) => {
    const found = await unlessGone(lstat(path));
    if (!found?.isDirectory() || found.uid !== currentUser() || (found.mode & 0o200) !== 0) return undefined;
    return found.mode & 0o7777;
  });
}

/** A directory with all in it, or whatever it is. Fine if it is gone. */
export async function removeTree(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true });
  await remove().catch(async (error: unknown) => {
    if (!hasCode(error, "EACCES", "EPERM") || (await mayDoAll())) throw error;
    await unlockTree(Buffer.from(path));
    await remove();
  });
}

/** Names are bytes: what a server has made need not be UTF-8. */
async function unlockTree(path: Buffer): Promise<void> {
  const found = await unlessGone(lstat(path));
  if (!found?.isDirectory() || found.uid !== currentUser()) return;
  if ((found.mode & ownersAll) !== ownersAll) await chmod(path, (found.mode & 0o7777) | ownersAll);
  for (const name of await readdir(path, { encoding: "buffer" })) {
    await unlockTree(Buffer.concat([path, Buffer.from("/"), name]));
  }
}
