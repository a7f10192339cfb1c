// What is known of a data directory's files, sorted by class: whole after a listing, and kept true by what changes. So what has
// to be done under the lock depends on what changed, not on how many files there are.
import type { Change } from "./change-watch.ts";
import type { FileClass, FileLayout } from "./layout.ts";
import type { Listing, SymbolicLink } from "./listing.ts";

type KnownClass = Exclude<FileClass, "excluded">;

export class FileIndex {
  readonly #layout: FileLayout;
  #files = emptyIndex();
  #linked = new Set<string>();
  #toLink = new Set<string>();
  #isKnown = false;
  directories: string[] = [];
  links: SymbolicLink[] = [];

  constructor(layout: FileLayout) {
    this.#layout = layout;
  }

  /** There was a listing. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Immutable files. What was answered before does not change by a later listing. */
  get immutable(): ReadonlySet<string> {
    return this.#files.immutable;
  }

  get appendOnly(): ReadonlySet<string> {
    return this.#files["append-only"];
  }

  get mutable(): ReadonlySet<string> {
    return this.#files.mutable;
  }

  /** What may change without getting another name. */
  get changing(): string[] {
    return [...this.appendOnly, ...this.mutable];
  }

  /** Immutable files whose link is missing, or is of another file that had this name. */
  get toLink(): ReadonlySet<string> {
    return this.#toLink;
  }

  get linkedFiles(): number {
    return this.#linked.size;
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
    this.#isKnown = true;
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

  hasLinked(path: string): void {
    this.#linked.add(path);
    this.#toLink.delete(path);
  }

  /** Its link is not in the piece any more. */
  hasUnlinked(path: string): void {
    this.#linked.delete(path);
  }

  #linkAnew(path: string, isFile: boolean): void {
    this.#linked.delete(path);
    if (isFile) this.#toLink.add(path);
    else this.#toLink.delete(path);
  }
}

function emptyIndex(): Record<KnownClass, Set<string>> {
  return { immutable: new Set(), "append-only": new Set(), mutable: new Set() };
}
