// The layout that a configuration names.
import { posix } from "node:path";
import { type FileGlobs, globLayout, matcherOf } from "./globs.ts";
import type { FileLayout } from "./layout.ts";
import { databasesIn, lsmLayout } from "./lsm.ts";

/** "lsm": databases of both kinds, and at least one. */
export type KnownLayout = "leveldb" | "rocksdb" | "lsm";

export type FilesConfig = KnownLayout | { layout: KnownLayout; excluded: readonly string[] } | FileGlobs;

/** @throws StillpointError invalid, for a bad glob */
export function layoutFor(config: FilesConfig): FileLayout {
  if (typeof config === "string") return known(config);
  if ("layout" in config) return leavingOut(config.excluded, known(config.layout));
  return globLayout(config);
}

function known(kind: KnownLayout): Required<FileLayout> {
  const layout = lsmLayout(kind);
  if (kind !== "lsm") return layout;
  const refuse = async (dataDir: string, paths: readonly string[]) => {
    if (databasesIn(paths).length > 0) return await layout.refuse(dataDir, paths);
    return `there is no LevelDB or RocksDB in "${dataDir}" or below it: a directory with a file CURRENT is one`;
  };
  return { ...layout, refuse };
}

/** A database in an excluded directory is none, as far as the layout is concerned. */
function leavingOut(globs: readonly string[], layout: Required<FileLayout>): FileLayout {
  const isExcluded = matcherOf(globs);
  const kept = (paths: readonly string[]) => paths.filter((path) => !isExcluded(path));
  return {
    kind: layout.kind,
    classify: (path) => (isExcluded(path) ? "excluded" : layout.classify(path)),
    fingerprint: (dataDir, paths) => layout.fingerprint(dataDir, kept(paths)),
    orphans: (pieceDir, paths) => layout.orphans(pieceDir, kept(paths)),
    describe: (paths) => layout.describe(kept(paths)),
    refuse: async (dataDir, paths) =>
      tornApart(layout, paths.filter(isExcluded), kept(paths)) ?? (await layout.refuse(dataDir, kept(paths))),
  };
}

/** "**\/*.log" is soon written, and would leave a database without its WAL. */
function tornApart(layout: FileLayout, excluded: readonly string[], kept: readonly string[]): string | undefined {
  const databases = new Set(
    kept.filter((path) => posix.basename(path) === "CURRENT").map((path) => posix.dirname(path)),
  );
  const needed = excluded.find((path) => {
    return databases.has(posix.dirname(path)) && ["immutable", "append-only"].includes(layout.classify(path));
  });
  return needed && `a glob excludes "${needed}", which the database in "${posix.dirname(needed)}" needs`;
}
