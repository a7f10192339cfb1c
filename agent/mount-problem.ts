// What is mounted below the data directory, and belongs to the data: it cannot be linked from there, nor can a restore move it.
import { join } from "node:path";
import { notOfTheData } from "./files/listing.ts";
import type { Source } from "./staged-data.ts";

export const mountHint =
  'mount all data at the data directory itself; what is not data may be mounted in a directory that a glob excludes whole, as "name/**"';

/** For a person; undefined if there is nothing of that kind. `known`: paths of all files and links. */
export async function mountProblem(
  { disk, dataDir, layout }: Source,
  known: readonly string[],
): Promise<string | undefined> {
  const mounts = await disk.mountPoints(dataDir);
  if (mounts.length === 0) return undefined;
  const inBackups = new Set(known.filter((path) => layout.classify(path) !== "excluded").map(topOf));
  const stays = (top: string) =>
    notOfTheData.includes(top) || (layout.classify(top) === "excluded" && !inBackups.has(top));
  const found = mounts.find((path) => !stays(topOf(path)));
  return found === undefined ? undefined : `"${join(dataDir, found)}" is a mount point in the data: ${mountHint}`;
}

/** The entry of the data directory that a path is in: what a restore moves as a whole. */
export function topOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}
