// What is known of a data directory's files, sorted by class: whole after a listing, and kept true by what changes. So what has
// to be done under the lock depends on what changed, not on how many files there are.
import type { Change } from "./change-watch.ts";
import type { FileClass, FileLayout } from "./layout.ts";
import type { Listing, SymbolicLink } from "./listing.ts";

type KnownClass = Exclude<FileClass, "excluded">;

export class FileIndex {
  readonly #layout: FileLayout;
  #files = emptyIndex();
  /** Immutable files that the piece has links of. */
  #linked = new Set<string>();
  /** Of the links that it has of the others, whose names may come to stand for another file. */
  #inodes = new Map<string, number>();
  #toLink = new Set<string>();
  #entries: number | undefined;
  directories: string[] = [];
  links: SymbolicLink[] = [];

  constructor(layout: FileLayout) {
    this.#layout = layout;
  }

  /** How many files and directories there were at the last listing; undefined if there was none. */
  get entries(): number | undefined {
    return this.#entries;
  }

  /** Immutable files. What was answered before does not change by a later listing. */
  get immutable(): ReadonlySet<string> {
    return this.#files.immutable;
  }

  get appendOnly(): ReadonlySet<string> {
    return this.#files["append-only"];
  }

  get replaced(): ReadonlySet<string> {
    return this.#files.replaced;
  }

  get mutable(): ReadonlySet<string> {
    return this.#files.mutable;
  }

  /** Linked files whose name may come to stand for another one. */
  get named(): string[] {
    return [...this.appendOnly, ...this.replaced];
  }

  /** What may change without getting another name. */
  get changing(): string[] {
    return [...this.named, ...this.mutable];
  }

  /** Immutable files whose link is missing, or is of another file that had this name. */
  get toLink(): ReadonlySet<string> {
    return this.#toLink;
  }

  /** Of the link that the piece has of such a file; undefined if there is none. */
  inodeOf(path: string): number | undefined {
    return this.#inodes.get(path);
  }

  get linkedFiles(): number {
    return this.#linked.size + this.#inodes.size;
  }

  replace({ files, directories, links }: Listing): void {
    const sorted = emptyIndex();
    for (const path of files) {
      const kind = this.#layout.classify(path);
      if (kind !== "excluded") sorted[kind].add(path);
    }
    this.#files = sorted;
    this.#toLink = new Set([...sorted.immutable].filter((path) => !this.#linked.has(path)));
    this.directories = directories;
    this.links = links;
    this.#entries = files.length + directories.length;
  }

  apply(changes: readonly Change[]): void {
    for (const { path, isFile } of changes) {
      const kind = this.#layout.classify(path);
      if (kind === "excluded") continue;
      if (isFile) this.#files[kind].add(path);
      else this.#files[kind].delete(path);
      if (kind === "immutable") this.#linkAnew(path, isFile);
      if (this.links.some((link) => link.path === path)) this.links = this.links.filter((link) => link.path !== path);
    }
  }

  hasLinkedNamed(path: string, inode: number): void {
    this.#inodes.set(path, inode);
  }

  hasLinked(path: string): void {
    this.#linked.add(path);
    this.#toLink.delete(path);
  }

  /** Its link is not in the piece any more. */
  hasUnlinked(path: string): void {
    this.#inodes.delete(path);
    this.#linked.delete(path);
  }

  #linkAnew(path: string, isFile: boolean): void {
    this.#linked.delete(path);
    if (isFile) this.#toLink.add(path);
    else this.#toLink.delete(path);
  }
}

function emptyIndex(): Record<KnownClass, Set<string>> {
  return { immutable: new Set(), "append-only": new Set(), replaced: new Set(), mutable: new Set() };
}
