// What a backup will need and what stands in its way, seen from one server, before anything is done.
import type { Disk } from "./disk.ts";
import { linkProblem } from "./files/listing.ts";
import { fullPaths } from "./full-paths.ts";
import { mountProblem } from "./mount-problem.ts";
import { backupsDirectory } from "./piece-store.ts";
import { included } from "./snapshot.ts";
import type { Source } from "./staged-data.ts";

export interface FilesNeeded {
  /** Bytes that will be copied; all else is linked. */
  neededBytes: number;
  neededInodes: number;
  dataBytes: number;
  dataFiles: number;
}

/** Small files of our own: META.json, plan.json, SHA256SUMS, and room for what is written meanwhile. */
const reserveBytes = 16 * 1024 * 1024;
const reserveInodes = 64;

/** Goes through the data directory. */
export async function measureFiles({ disk, dataDir, layout, list }: Source): Promise<FilesNeeded> {
  const { files, directories } = await list(dataDir);
  const needed = {
    neededBytes: reserveBytes,
    neededInodes: reserveInodes + directories.length,
    dataBytes: 0,
    dataFiles: 0,
  };
  const included = files.filter((path) => layout.classify(path) !== "excluded");
  const stats = await disk.stats(fullPaths(dataDir, included));
  for (const [index, path] of included.entries()) {
    const { size = 0 } = stats[index] ?? {};
    needed.dataBytes += size;
    needed.dataFiles++;
    if (layout.classify(path) === "immutable") continue;
    needed.neededBytes += size;
    needed.neededInodes++;
  }
  return needed;
}

/** Why the data directory cannot be backed up as it is, for a person; undefined if it can. */
export async function filesProblem(source: Source): Promise<string | undefined> {
  const { disk, dataDir, layout, list } = source;
  const { files, directories, links } = await list(dataDir);
  const [outside] = included(layout, links).flatMap((link) => linkProblem(dataDir, link) ?? []);
  if (outside !== undefined) return outside;
  const kept = [...directories, ...files].filter((path) => layout.classify(path) !== "excluded");
  const forbidden = await disk.rightsProblem(fullPaths(dataDir, kept));
  const known = [...files, ...links.map(({ path }) => path)];
  return forbidden ?? (await mountProblem(source, known)) ?? (await layout.refuse?.(dataDir, files));
}

/** A bind mount has the device of its source, and is another file system all the same: no link can be made into it. */
export async function isOneFilesystem(disk: Disk, dataDir: string, backups: string): Promise<boolean> {
  if ((await disk.mountPoints(dataDir)).includes(backupsDirectory)) return false;
  return (await disk.device(dataDir)) === (await disk.device(backups));
}
