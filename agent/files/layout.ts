// The port to what is known of an engine's files: which class each belongs to, and when a set of links is one state.

/**
 * | class       | before the lock | under the lock     | at seal                                    |
 * | ----------- | --------------- | ------------------ | ------------------------------------------ |
 * | immutable   | hard link       | link the new ones  | fsync, checksum                            |
 * | append-only | hard link       | its length         | a private copy of that length replaces it  |
 * | replaced    | hard link       | look at its inode  | fsync, checksum                            |
 * | mutable     | –               | reflink or copy    | fsync, checksum                            |
 * | excluded    | –               | –                  | –                                          |
 *
 * An immutable file's name never stands for another file. A replaced one is written whole under another name, and renamed over
 * the one before: its name stays, and what it has now is never written again. Of it and of an append-only file, another inode
 * under that name is linked under the lock.
 */
export type FileClass = "immutable" | "append-only" | "replaced" | "mutable" | "excluded";

export interface FileLayout {
  /** As configured, and as META.json names it: "leveldb", "rocksdb", "lsm", "globs". */
  readonly kind: string;

  /** The class of a regular file, by its path below the data directory, with "/" between parts. */
  classify(path: string): FileClass;

  /**
   * What the set of live files depends on while the engine goes on compacting under the lock: CURRENT and the length
   * of each MANIFEST, as one text. What is listed, linked, measured and copied between two equal answers is one state;
   * immutable files may have been linked before. A layout without such files answers "".
   * @param dataDir full path
   * @param paths of all files whose names may come to stand for something else: all that are neither immutable nor excluded, below dataDir
   */
  fingerprint(dataDir: string, paths: readonly string[]): Promise<string>;

  /**
   * Paths of the sealed files in `pieceDir` that no manifest of the piece names. They must go, and before anything is
   * computed from them: an engine that is started on linked files may truncate a file that it does not know, and its inode
   * is shared with the live database. Needs the private copies of append-only files.
   * @throws StillpointError corrupt, if a manifest names a file that is not there or has another size, or cannot be read
   */
  orphans(pieceDir: string, paths: readonly string[]): Promise<string[]>;

  /**
   * Why the data directory cannot be backed up by its files, for a person; undefined if it can. Asked before any lock:
   * an engine can be set up so that links and lengths do not show what it acknowledged.
   */
  refuse?(dataDir: string, paths: readonly string[]): Promise<string | undefined>;

  /** What was recognised among these paths, for a person: "1 LevelDB, 3 RocksDB". */
  describe?(paths: readonly string[]): string;
}
