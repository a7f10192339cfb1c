// The log format of LevelDB and RocksDB: blocks of 32 KiB hold fragments, and fragments make up records.
//
//   fragment   checksum (4 bytes), length (2), type (1), only in recycled logs: number of the log (4), then the data
//   type       1 full, 2 first, 3 middle, 4 last; the same in a recycled log: 5 to 8
//
// The end of a log may be torn, for it is the prefix of a file that an engine goes on writing: what is incomplete there was
// not yet in force and is left out, as the engines do. Anything else that is wrong is damage.

import { maskedCrc32c } from "./crc32c.ts";
import { damaged } from "./damage.ts";

const blockSize = 32 * 1024;
const headerSize = 4 + 2 + 1;
const recycledHeaderSize = headerSize + 4;

interface Fragment {
  opens: boolean;
  closes: boolean;
  data: Buffer;
}

/** @param file named in errors. @throws StillpointError corrupt */
export function* readRecords(log: Buffer, file: string): Generator<Buffer> {
  let begun: Buffer[] | undefined;
  for (const { opens, closes, data } of readFragments(log, file)) {
    if (!opens && begun === undefined) throw damaged(file, "a record has no beginning");
    if (opens && begun?.some((part) => part.length > 0)) throw damaged(file, "a record has no end");
    begun ??= []; // else: an empty first fragment that an old writer left at the end of a block
    begun.push(data);
    if (!closes) continue;
    yield Buffer.concat(begun);
    begun = undefined;
  }
}

function* readFragments(log: Buffer, file: string): Generator<Fragment> {
  let offset = 0;
  while (offset < log.length) {
    const blockEnd = offset - (offset % blockSize) + blockSize;
    const rest = log.subarray(offset, blockEnd);
    if (rest.length < headerSize) {
      offset += rest.length; // too short for a header: the padding of a block, or torn
      continue;
    }
    if (isPreallocated(rest)) {
      if (log.subarray(offset).every((byte) => byte === 0)) return;
      throw damaged(file, `there are zeros at byte ${offset}`);
    }
    const size = fragmentSize(rest);
    if (size > rest.length) {
      if (blockEnd > log.length) return;
      throw damaged(file, `the length at byte ${offset} is wrong`);
    }
    yield readFragment(rest.subarray(0, size), `at byte ${offset}`, file);
    offset += size;
  }
}

function isPreallocated(fragment: Buffer): boolean {
  return fragment.readUInt16LE(4) === 0 && fragment.readUInt8(6) === 0;
}

function fragmentSize(fragment: Buffer): number {
  return headerSizeOf(fragment) + fragment.readUInt16LE(4);
}

function headerSizeOf(fragment: Buffer): number {
  const type = fragment.readUInt8(6);
  return type >= 5 && type <= 8 ? recycledHeaderSize : headerSize;
}

function readFragment(fragment: Buffer, where: string, file: string): Fragment {
  if (maskedCrc32c(fragment.subarray(6)) !== fragment.readUInt32LE(0)) {
    throw damaged(file, `the checksum ${where} is wrong`);
  }
  const type = fragment.readUInt8(6);
  if (type < 1 || type > 8) throw damaged(file, `the type ${type} ${where} is unknown`);
  const position = type > 4 ? type - 4 : type;
  return {
    opens: position <= 2,
    closes: position === 1 || position === 4,
    data: fragment.subarray(headerSizeOf(fragment)),
  };
}
