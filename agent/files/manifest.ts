// Which files of a LevelDB or RocksDB are live, as its MANIFEST says. The MANIFEST may be a prefix of the engine's: what is
// live then is what was live when the prefix was all there was.
import { damaged } from "./damage.ts";
import { readRecords } from "./log-reader.ts";
import { type BlobCount, readVersionEdit, type Table, type VersionEdit } from "./version-edit.ts";

export interface LiveSet {
  /** Size in bytes by file number. */
  tables: Map<number, number>;
  /**
   * Whether it is needed, by file number, for each blob file that the MANIFEST knows. A file into which no table can point
   * any more is not needed; the engine may have deleted it.
   */
  blobs: Map<number, boolean>;
  /** A WAL with a smaller number has nothing that is not in tables… */
  logNumber: number;
  /** …but this one, which very old versions of LevelDB kept. 0 if there is none. */
  previousLogNumber: number;
}

interface ColumnFamily {
  logNumber: number;
  tables: Map<number, Table>;
  /** Values by blob file, and how many of them are garbage. */
  blobs: Map<number, { values: number; garbage: number }>;
}

/** @param file named in errors. @throws StillpointError corrupt; invalid, if a table is in another directory */
export function readManifest(manifest: Buffer, file: string): LiveSet {
  const version = new Version(file);
  for (const edit of wholeGroups(readEdits(manifest, file), file)) version.apply(edit);
  return version.liveSet();
}

function* readEdits(manifest: Buffer, file: string): Generator<VersionEdit> {
  for (const record of readRecords(manifest, file)) yield readVersionEdit(record, file);
}

/** The edits of an atomic group come into force together; a group that is cut off at the end, not at all. */
function* wholeGroups(edits: Iterable<VersionEdit>, file: string): Generator<VersionEdit> {
  let group: VersionEdit[] = [];
  for (const edit of edits) {
    const expected = group.at(-1)?.groupRemaining;
    if (expected !== undefined && edit.groupRemaining !== expected - 1)
      throw damaged(file, "an atomic group is broken");
    group.push(edit);
    if ((edit.groupRemaining ?? 0) > 0) continue;
    yield* group;
    group = [];
  }
}

class Version {
  readonly #file: string;
  readonly #families = new Map<number, ColumnFamily>([[0, newColumnFamily()]]);
  #previousLogNumber = 0;
  #minLogNumberToKeep: number | undefined;
  readonly #seen = { logNumber: false, nextFileNumber: false, lastSequence: false };

  constructor(file: string) {
    this.#file = file;
  }

  apply(edit: VersionEdit): void {
    this.#applyToAll(edit);
    if (edit.dropsColumnFamily) {
      this.#families.delete(edit.columnFamily);
      return;
    }
    if (edit.addsColumnFamily) this.#families.set(edit.columnFamily, newColumnFamily());
    const family = this.#families.get(edit.columnFamily);
    if (family === undefined) throw damaged(this.#file, `column family ${edit.columnFamily} was never added`);
    family.logNumber = edit.logNumber ?? family.logNumber;
    applyTables(family.tables, edit);
    for (const blob of edit.addedBlobs) family.blobs.set(blob.number, { values: blob.values, garbage: 0 });
    for (const garbage of edit.garbage) this.#applyGarbage(family, garbage);
  }

  liveSet(): LiveSet {
    const missing = Object.entries(this.#seen).find(([, seen]) => !seen)?.[0];
    if (missing !== undefined) throw damaged(this.#file, `it has no ${missing}`);
    const families = [...this.#families.values()];
    const logNumbers = families.map((family) => family.logNumber);
    return {
      tables: new Map(families.flatMap(tableSizes)),
      blobs: new Map(families.flatMap(neededBlobs)),
      logNumber: Math.min(...logNumbers, this.#minLogNumberToKeep ?? Number.POSITIVE_INFINITY),
      previousLogNumber: this.#previousLogNumber,
    };
  }

  #applyToAll(edit: VersionEdit): void {
    this.#previousLogNumber = edit.previousLogNumber ?? this.#previousLogNumber;
    this.#minLogNumberToKeep = edit.minLogNumberToKeep ?? this.#minLogNumberToKeep;
    this.#seen.logNumber ||= edit.logNumber !== undefined;
    this.#seen.nextFileNumber ||= edit.hasNextFileNumber;
    this.#seen.lastSequence ||= edit.hasLastSequence;
  }

  #applyGarbage(family: ColumnFamily, { number, values }: BlobCount): void {
    const blob = family.blobs.get(number);
    if (blob === undefined) throw damaged(this.#file, `blob file ${number} was never added`);
    blob.garbage += values;
  }
}

function newColumnFamily(): ColumnFamily {
  return { logNumber: 0, tables: new Map(), blobs: new Map() };
}

/** Deletes before it adds: a table that moves to another level is deleted and added by the same edit. */
function applyTables(tables: ColumnFamily["tables"], edit: VersionEdit): void {
  for (const number of edit.deletedTables) tables.delete(number);
  for (const table of edit.addedTables) tables.set(table.number, table);
}

function tableSizes({ tables }: ColumnFamily): [number, number][] {
  return [...tables.values()].map((table) => [table.number, table.sizeBytes]);
}

/** A table points into blob files from its oldest on; which, the MANIFEST does not say, but how much of each is garbage. */
function neededBlobs({ tables, blobs }: ColumnFamily): [number, boolean][] {
  const linked = new Set([...tables.values()].map((table) => table.oldestBlob).filter((number) => number > 0));
  const oldest = [...linked].reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
  return [...blobs].map(([number, { values, garbage }]) => [
    number,
    number >= oldest && (linked.has(number) || garbage < values),
  ]);
}
