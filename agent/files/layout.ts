// The port to what is known of an engine's files: which class each belongs to, and when a set of links is one state.

/**
 * | class       | before the lock | under the lock     | at seal                                    |
 * | ----------- | --------------- | ------------------ | ------------------------------------------ |
 * | immutable   | hard link       | link the new ones  | fsync, checksum                            |
 * | append-only | –               | hard link + length | a private copy of that length replaces it  |
 * | mutable     | –               | reflink or copy    | fsync, checksum                            |
 * | excluded    | –               | –                  | –                                          |
 */
export type FileClass = "immutable" | "append-only" | "mutable" | "excluded";

export interface FileLayout {
  /** As configured, and as META.json names it: "leveldb", "rocksdb", "globs". */
  readonly kind: string;

  /** The class of a regular file, by its path below the data directory, with "/" between parts. */
  classify(path: string): FileClass;

  /**
   * What the set of live files depends on while the engine goes on compacting under the lock: CURRENT and the length
   * of each MANIFEST, as one text. Links made between two equal answers, by an agent that linked tables and logs first, are
   * one state. A layout without such files answers "".
   * @param dataDir full path
   * @param paths all paths of the last listing, below dataDir
   */
  fingerprint(dataDir: string, paths: readonly string[]): Promise<string>;

  /**
   * Paths of the sealed files in `pieceDir` that no manifest of the piece names. They must go: an engine that is started
   * on linked files may truncate a file that it does not know, and its inode is shared with the live database.
   * @throws StillpointError corrupt, if a manifest names a file that is not there or cannot be read
   */
  orphans(pieceDir: string, paths: readonly string[]): Promise<string[]>;
}
