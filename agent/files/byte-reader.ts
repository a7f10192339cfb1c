// Reads what LevelDB and RocksDB encode: varints, fixed integers and byte strings with their length in front.
// Whatever the bytes are, it ends with a value or with a StillpointError that names the file.
import { damaged } from "./damage.ts";

const longestVarint = 10;
const tooShort = "a record ends too early";

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #file: string;
  #offset = 0;

  /** @param file named in errors */
  constructor(bytes: Buffer, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** Not exact above 2^53: for values that are only skipped. */
  varint(): number {
    let value = 0;
    for (let index = 0; index < longestVarint; index++) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw damaged(this.#file, tooShort);
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw damaged(this.#file, "an integer does not end");
  }

  /** A file number, count or size. */
  integer(): number {
    return this.#exact(this.varint());
  }

  /** The same in eight bytes. */
  fixedInteger(): number {
    return this.#exact(Number(this.#take(8).readBigUInt64LE()));
  }

  byteString(): Buffer {
    return this.#take(this.varint());
  }

  #exact(value: number): number {
    if (Number.isSafeInteger(value)) return value;
    throw damaged(this.#file, "a number is impossibly large");
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#offset) throw damaged(this.#file, tooShort);
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }
}
