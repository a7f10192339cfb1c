// A file system in memory that knows what is durable. Data of a file is durable after its fsync. Names are durable after an
// fsync of their directory; until then they are in a log, of which a power cut keeps the beginning. A rename is in both of
// its directories or in none.
import type { Random } from "./random.ts";

export interface Inode {
  number: number;
  /** Undefined in a directory. */
  data: Buffer | undefined;
  /** What a power cut leaves of the data; undefined if nothing was ever synced. */
  durableData: Buffer | undefined;
  /** In a directory. */
  entries: Map<string, Inode>;
  durableEntries: Map<string, Inode>;
}

interface NameChange {
  directory: Inode;
  name: string;
  /** Undefined: the name goes. */
  inode: Inode | undefined;
}

export class FileSystem {
  /** No writes any more. */
  isFull = false;
  /** fsync answers, and does nothing. */
  syncLies = false;
  readonly #root: Inode;
  /** Changes of names that are not durable. Each is whole or not at all. */
  #log: NameChange[][] = [];
  #lastInode = 0;

  constructor() {
    this.#root = this.#newInode(undefined);
  }

  find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.#root;
    for (const name of partsOf(path)) {
      if (inode === undefined || inode.data !== undefined) return undefined;
      inode = inode.entries.get(name);
    }
    return inode;
  }

  get(path: string): Inode {
    const inode = this.find(path);
    if (inode === undefined) throw diskError("ENOENT", path);
    return inode;
  }

  read(path: string): Buffer {
    const { data } = this.get(path);
    if (data === undefined) throw diskError("EISDIR", path);
    return data;
  }

  names(path: string): string[] {
    return [...(this.find(path)?.entries.keys() ?? [])];
  }

  makeDirectory(path: string): void {
    let inode = this.#root;
    for (const name of partsOf(path)) {
      let next = inode.entries.get(name);
      if (next === undefined) {
        this.#mustHaveRoom(path);
        next = this.#newInode(undefined);
        this.#change([{ directory: inode, name, inode: next }]);
      }
      inode = next;
    }
  }

  /** A new file; the name must be free. */
  create(path: string, data: Buffer): Inode {
    this.#mustHaveRoom(path);
    const { directory, name } = this.#placeOf(path);
    if (directory.entries.has(name)) throw diskError("EEXIST", path);
    const inode = this.#newInode(data);
    this.#change([{ directory, name, inode }]);
    return inode;
  }

  append(path: string, data: Buffer): void {
    const inode = this.get(path);
    inode.data = Buffer.concat([inode.data ?? Buffer.alloc(0), data]);
  }

  truncate(path: string, length: number): void {
    const inode = this.get(path);
    inode.data = Buffer.from((inode.data ?? Buffer.alloc(0)).subarray(0, length));
  }

  link(from: string, to: string): void {
    this.#mustHaveRoom(to);
    const inode = this.get(from);
    const { directory, name } = this.#placeOf(to);
    if (directory.entries.has(name)) throw diskError("EEXIST", to);
    this.#change([{ directory, name, inode }]);
  }

  rename(from: string, to: string): void {
    const source = this.#placeOf(from);
    const inode = source.directory.entries.get(source.name);
    if (inode === undefined) throw diskError("ENOENT", from);
    const target = this.#placeOf(to);
    const there = target.directory.entries.get(target.name);
    if (there !== undefined && there.data === undefined && there.entries.size > 0) throw diskError("ENOTEMPTY", to);
    this.#change([
      { ...source, inode: undefined },
      { ...target, inode },
    ]);
  }

  /** A file, or an empty directory. */
  removeOne(path: string): void {
    if (this.find(path) === undefined) return;
    this.#change([{ ...this.#placeOf(path), inode: undefined }]);
  }

  /** With all that is in it; or, of what is in it, the half that comes first. */
  remove(path: string, half = false): void {
    const names = this.names(path);
    const goes = half ? names.slice(0, Math.ceil(names.length / 2)) : names;
    for (const name of goes) this.remove(`${path}/${name}`);
    if (!half) this.removeOne(path);
  }

  sync(path: string): void {
    const inode = this.get(path);
    if (this.syncLies) return;
    if (inode.data === undefined) this.#syncNames(inode);
    else inode.durableData = inode.data;
  }

  /** Of what was not synced, names are lost from some point on, and data as a whole or in part. */
  cutPower(chance: Random): void {
    const kept = chance.whole(0, this.#log.length);
    for (const change of this.#log.slice(0, kept)) makeDurable(change);
    this.#log = [];
    const seen = new Set<Inode>();
    const settle = (inode: Inode) => {
      if (seen.has(inode)) return;
      seen.add(inode);
      if (inode.data !== undefined) {
        inode.data = tornData(inode, chance);
        inode.durableData = inode.data;
      }
      inode.entries = new Map(inode.durableEntries);
      for (const below of inode.entries.values()) settle(below);
    };
    settle(this.#root);
  }

  /** All paths below a directory, files and directories. */
  walk(path: string, visit: (path: string, inode: Inode) => void, below = ""): void {
    for (const [name, inode] of this.get(path).entries) {
      const each = below === "" ? name : `${below}/${name}`;
      visit(each, inode);
      if (inode.data === undefined) this.walk(`${path}/${name}`, visit, each);
    }
  }

  #syncNames(directory: Inode): void {
    const touched = new Set([directory]);
    const kept: NameChange[][] = [];
    const synced: NameChange[][] = [];
    for (const change of this.#log.toReversed()) {
      const isOurs = change.some((each) => touched.has(each.directory));
      (isOurs ? synced : kept).push(change);
      if (isOurs) for (const each of change) touched.add(each.directory); // what came before it there comes before it still
    }
    for (const change of synced.reverse()) makeDurable(change);
    this.#log = kept.reverse();
  }

  #change(changes: NameChange[]): void {
    for (const { directory, name, inode } of changes) {
      if (inode === undefined) directory.entries.delete(name);
      else directory.entries.set(name, inode);
    }
    this.#log.push(changes);
  }

  #placeOf(path: string): { directory: Inode; name: string } {
    const parts = partsOf(path);
    const name = parts.at(-1) as string;
    let directory: Inode | undefined = this.#root;
    for (const part of parts.slice(0, -1)) directory = directory?.entries.get(part);
    if (directory === undefined || directory.data !== undefined) throw diskError("ENOENT", path);
    return { directory, name };
  }

  #newInode(data: Buffer | undefined): Inode {
    this.#lastInode++;
    const number = this.#lastInode;
    return { number, data, durableData: undefined, entries: new Map(), durableEntries: new Map() };
  }

  #mustHaveRoom(path: string): void {
    if (this.isFull) throw diskError("ENOSPC", path);
  }
}

function makeDurable(changes: NameChange[]): void {
  for (const { directory, name, inode } of changes) {
    if (inode === undefined) directory.durableEntries.delete(name);
    else directory.durableEntries.set(name, inode);
  }
}

function tornData({ data, durableData }: Inode, chance: Random): Buffer {
  if (data === undefined || data === durableData) return durableData ?? Buffer.alloc(0);
  const choice = chance.whole(0, 2);
  if (choice === 0) return durableData ?? Buffer.alloc(0);
  return choice === 1 ? Buffer.from(data.subarray(0, chance.whole(0, data.length))) : data;
}

/** Paths that were taken apart before. */
const parts = new Map<string, readonly string[]>();

function partsOf(path: string): readonly string[] {
  const known = parts.get(path);
  if (known !== undefined) return known;
  if (parts.size > 50_000) parts.clear();
  const found = path.split("/").filter((part) => part !== "" && part !== ".");
  parts.set(path, found);
  return found;
}

export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: "${path}"`), { code });
}
