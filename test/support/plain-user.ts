// The disk as it is for somebody who is not root, in one thing: a directory into which its owner may not write is not renamed to
// another parent.
import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Disk } from "../../agent/disk.ts";
import { diskError } from "./hooked-disk.ts";

export function asPlainUser(disk: Disk): Disk {
  return {
    ...disk,
    modesInTheWay: (paths) => Promise.all(paths.map(lockedMode)),
    rename: async (from, to) => {
      if (dirname(from) !== dirname(to) && (await lockedMode(from)) !== undefined) throw diskError("EACCES");
      await disk.rename(from, to);
    },
  };
}

async function lockedMode(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isDirectory() || (found.mode & 0o200) !== 0) return undefined;
  return found.mode & 0o7777;
}
