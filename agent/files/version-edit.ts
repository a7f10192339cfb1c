// One entry of a MANIFEST: how the set of live files changes. LevelDB's encoding, with all that RocksDB has added to it.
// Only what decides over life and death of files is kept; the rest is read to get over it.
import { StillpointError } from "../../proto/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { damaged } from "./damage.ts";

export interface VersionEdit {
  /** LevelDB has one "column family", 0. */
  columnFamily: number;
  addsColumnFamily: boolean;
  dropsColumnFamily: boolean;
  logNumber?: number;
  previousLogNumber?: number;
  minLogNumberToKeep?: number;
  hasNextFileNumber: boolean;
  hasLastSequence: boolean;
  addedTables: Table[];
  deletedTables: number[];
  addedBlobs: BlobCount[];
  garbage: BlobCount[];
  /** Edits of the same atomic group that follow; undefined outside such a group. */
  groupRemaining?: number;
}

export interface Table {
  number: number;
  sizeBytes: number;
  /** The first blob file that the table points into; 0 if none. */
  oldestBlob: number;
}

/** How many values a blob file has, or how many more of them nothing points to any longer. */
export interface BlobCount {
  number: number;
  values: number;
}

type Field = (input: ByteReader, edit: VersionEdit, file: string) => void;

/** Unknown fields with this bit may be ignored; their length is in front. */
const safeToIgnore = 1 << 13;

/** How to read what follows a tag. */
const fields: Readonly<Record<number, Field>> = {
  // the comparator's name
  1: (input) => input.byteString(),
  2: (input, edit) => {
    edit.logNumber = input.integer();
  },
  3: (input, edit) => {
    input.varint();
    edit.hasNextFileNumber = true;
  },
  4: (input, edit) => {
    input.varint();
    edit.hasLastSequence = true;
  },
  // where the next compaction of a level begins
  5: (input) => {
    input.varint();
    input.byteString();
  },
  // a deleted table
  6: (input, edit) => {
    input.varint(); // level
    edit.deletedTables.push(input.integer());
  },
  // a new table, in LevelDB
  7: (input, edit) => edit.addedTables.push(readTable(input)),
  9: (input, edit) => {
    edit.previousLogNumber = input.integer();
  },
  10: (input, edit) => {
    edit.minLogNumberToKeep = input.integer();
  },
  // a new table, in versions of RocksDB from old to new
  100: (input, edit) => {
    edit.addedTables.push(readTable(input));
    skipSequenceNumbers(input);
  },
  102: readTableWithPath,
  103: readTableWithCustomFields,
  // the column family that this edit is about
  200: (input, edit) => {
    edit.columnFamily = input.integer();
  },
  201: (input, edit) => {
    input.byteString(); // name
    edit.addsColumnFamily = true;
  },
  202: (_, edit) => {
    edit.dropsColumnFamily = true;
  },
  // the highest column family so far
  203: (input) => input.varint(),
  300: (input, edit) => {
    edit.groupRemaining = input.integer();
  },
  400: readBlobAddition,
  401: readBlobGarbage,
  // written by early versions: may be ignored, but has no length in front
  [safeToIgnore + 2]: readBlobAddition,
  [safeToIgnore + 3]: readBlobGarbage,
  [safeToIgnore + 4]: skipWalAddition,
  [safeToIgnore + 5]: (input) => input.varint(),
};

/** @param file named in errors. @throws StillpointError corrupt; invalid, if a table is in another directory */
export function readVersionEdit(record: Buffer, file: string): VersionEdit {
  const input = new ByteReader(record, file);
  const edit: VersionEdit = {
    columnFamily: 0,
    addsColumnFamily: false,
    dropsColumnFamily: false,
    hasNextFileNumber: false,
    hasLastSequence: false,
    addedTables: [],
    deletedTables: [],
    addedBlobs: [],
    garbage: [],
  };
  while (!input.atEnd) readField(input, edit, file);
  return edit;
}

function readField(input: ByteReader, edit: VersionEdit, file: string): void {
  const tag = input.integer();
  const read = fields[tag];
  if (read !== undefined) read(input, edit, file);
  else if ((tag & safeToIgnore) !== 0) input.byteString();
  else throw damaged(file, `the tag ${tag} is unknown; was it written by LevelDB or RocksDB, and by a known version?`);
}

function readTable(input: ByteReader): Table {
  input.varint(); // level
  const table = { number: input.integer(), sizeBytes: input.integer(), oldestBlob: 0 };
  skipKeys(input);
  return table;
}

function readTableWithPath(input: ByteReader, edit: VersionEdit, file: string): void {
  input.varint(); // level
  const number = input.integer();
  checkPath(input.integer(), number, file);
  edit.addedTables.push({ number, sizeBytes: input.integer(), oldestBlob: 0 });
  skipKeys(input);
  skipSequenceNumbers(input);
}

/** Path 0 is the database's own directory, the others are listed in its options `db_paths` and `cf_paths`. */
function checkPath(path: number, table: number, file: string): void {
  if (path === 0) return;
  throw new StillpointError("invalid", `"${file}" has table ${table} in another directory (db_paths, cf_paths)`, {
    hint: "a RocksDB is backed up by its files only if they are all in one directory",
  });
}

/** Unknown custom fields with this bit must not be ignored. */
const notSafeToIgnore = 1 << 6;

function readTableWithCustomFields(input: ByteReader, edit: VersionEdit, file: string): void {
  const table = readTable(input);
  edit.addedTables.push(table);
  skipSequenceNumbers(input);
  for (let tag = input.integer(); tag !== 1; tag = input.integer()) {
    const field = new ByteReader(input.byteString(), file);
    if (tag === 3) edit.minLogNumberToKeep = field.fixedInteger();
    else if (tag === 4) table.oldestBlob = field.integer();
    else if (tag === 65) checkPath(field.integer(), table.number, file);
    else if ((tag & notSafeToIgnore) !== 0) throw damaged(file, `the tag ${tag} of table ${table.number} is unknown`);
  }
}

function readBlobAddition(input: ByteReader, edit: VersionEdit, file: string): void {
  edit.addedBlobs.push({ number: input.integer(), values: input.integer() });
  input.varint(); // bytes
  input.byteString(); // method of the checksum
  input.byteString(); // checksum
  skipCustomFields(input, file);
}

function readBlobGarbage(input: ByteReader, edit: VersionEdit, file: string): void {
  edit.garbage.push({ number: input.integer(), values: input.integer() });
  input.varint(); // bytes
  skipCustomFields(input, file);
}

function skipCustomFields(input: ByteReader, file: string): void {
  for (let tag = input.integer(); tag !== 0; tag = input.integer()) {
    if ((tag & notSafeToIgnore) !== 0) throw damaged(file, `the tag ${tag} of a blob file is unknown`);
    input.byteString();
  }
}

function skipWalAddition(input: ByteReader, _: VersionEdit, file: string): void {
  input.varint(); // number
  for (let tag = input.integer(); tag !== 1; tag = input.integer()) {
    if (tag !== 2) throw damaged(file, `the tag ${tag} of a WAL is unknown`);
    input.varint(); // size
  }
}

function skipKeys(input: ByteReader): void {
  input.byteString();
  input.byteString();
}

function skipSequenceNumbers(input: ByteReader): void {
  input.varint();
  input.varint();
}
