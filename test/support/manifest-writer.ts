// Writes MANIFESTs by hand, for what the engines at hand do not write any more, or not yet.
import { maskedCrc32c } from "../../agent/files/crc32c.ts";

const blockSize = 32 * 1024;

export interface LogOptions {
  /** Types 5 to 8, with the number of the log in each header. */
  recycled?: boolean;
}

/** The log that holds these records. */
export function writeLog(records: readonly Buffer[], { recycled = false }: LogOptions = {}): Buffer {
  let log = Buffer.alloc(0);
  for (const each of records) log = Buffer.concat([log, ...fragmentsOf(each, log.length, recycled)]);
  return log;
}

function* fragmentsOf(data: Buffer, start: number, recycled: boolean): Generator<Buffer> {
  const headerSize = recycled ? 11 : 7;
  let left = blockSize - (start % blockSize);
  if (left < headerSize) {
    yield Buffer.alloc(left);
    left = blockSize;
  }
  let rest = data;
  for (let opens = true; ; opens = false) {
    const part = rest.subarray(0, left - headerSize);
    rest = rest.subarray(part.length);
    const closes = rest.length === 0;
    const type = opens ? (closes ? 1 : 2) : closes ? 4 : 3;
    yield writeFragment(recycled ? type + 4 : type, part, recycled);
    if (closes) return;
    left = blockSize;
  }
}

export function writeFragment(type: number, data: Buffer, recycled = false): Buffer {
  const body = Buffer.concat([Buffer.from([type]), recycled ? Buffer.alloc(4) : Buffer.alloc(0), data]);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(maskedCrc32c(body));
  header.writeUInt16LE(data.length, 4);
  return Buffer.concat([header, body]);
}

/** Numbers become varints, texts and buffers get their length in front. */
export function record(...values: readonly (number | string | Buffer)[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      if (typeof value === "number") return varint(value);
      const bytes = Buffer.from(value);
      return Buffer.concat([varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
